import { expectAnswer, freePort } from './ports.js';
import { findProgram } from './programs.js';
import type { Recipe } from './recipe.js';

const find = () => findProgram('nats-server', ['/usr/sbin', '/usr/local/sbin']);

export const nats: Recipe = {
  variable: 'NATS_URL',
  programs: 'the program `nats-server`',
  isMissing: () => find() === undefined,
  async prepare(folder) {
    const port = await freePort();
    const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder];
    const isReady = () => expectAnswer(port, 'INFO ');
    return { url: `nats://127.0.0.1:${port}`, commands: [{ program: find() ?? '', args, isReady }] };
  },
};
