import { expectAnswer, freePort } from './ports.js';
import { findProgram } from './programs.js';
import type { Recipe } from './recipe.js';

const find = () => findProgram('redis-server') ?? findProgram('valkey-server');

export const redis: Recipe = {
  variable: 'REDIS_URL',
  programs: 'the program `redis-server`',
  isMissing: () => find() === undefined,
  async prepare(folder) {
    const port = await freePort();
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--save',
      '',
    ];
    // While it reads its data it says -LOADING.
    const isReady = () => expectAnswer(port, '+PONG', 'PING\r\n');
    return { url: `redis://127.0.0.1:${port}`, commands: [{ program: find() ?? '', args, isReady }] };
  },
};
