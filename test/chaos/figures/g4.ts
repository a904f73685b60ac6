import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Measured } from '../figure.js';
import { lives } from '../leftovers.js';
import { percentile, round } from './percentile.js';

export const goal = 'no child of a killed parent lives a second later, whatever it does';
export const sizes = { smoke: { rounds: 5 }, reduced: { rounds: 10 }, full: { rounds: 200 } };

const PARENT = fileURLToPath(new URL('../programs/parent.mjs', import.meta.url));
const KINDS = ['spin', 'wait', 'idle', 'booting', 'thread'];

interface Size {
  readonly rounds: number;
}

export async function run({ rounds }: Size): Promise<Measured> {
  let children = 0;
  let survivors = 0;
  const endedMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pids = await killParent(KINDS[round % KINDS.length]!);
    const killedAt = performance.now();
    children += pids.length;
    let left = pids;
    while (left.length > 0 && performance.now() - killedAt < 1_000) {
      left = left.filter(lives);
      if (left.length > 0) await delay(2);
    }
    endedMs.push(performance.now() - killedAt);
    survivors += left.length;
    for (const pid of left) process.kill(pid, 'SIGKILL');
  }
  return {
    parents: rounds,
    children,
    survivors,
    endedMs: { p50: round(percentile(endedMs, 50)), p99: round(percentile(endedMs, 99)) },
    ok: survivors === 0 && children > 0,
  };
}

async function killParent(kind: string): Promise<number[]> {
  const parent = spawn(process.execPath, [PARENT, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of parent.stdout) {
    said += chunk;
    if (said.includes('\n')) break;
  }
  parent.kill('SIGKILL');
  if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
  return (JSON.parse(said) as number[]).filter((pid) => pid > 0);
}
