import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { endProgram, until } from '../pool/prove-pool.js';
import type { RunningEngine } from './engines.js';

const PROGRAM = fileURLToPath(new URL('./host.mjs', import.meta.url));
/** Programs that call: one that has nothing left to wait for, and one that waits. */
export type CallerProgram = 'killed-caller' | 'stopped-caller';

/** A program of its own that serves Gated. */
export interface Host {
  readonly program: ChildProcess;
  said(): string;
  /** Sends a signal, and resolves when the program has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export function startHost(engine: RunningEngine, space: string, options: object = {}): Promise<Host> {
  return startProgram(engine, [PROGRAM, JSON.stringify({ module: engine.module, space, options })]);
}

export function startCaller(
  engine: RunningEngine,
  space: string,
  file: string,
  options: object = {},
  name: CallerProgram = 'killed-caller',
): Promise<Host> {
  const words = JSON.stringify({ module: engine.module, space, options });
  return startProgram(engine, [fileURLToPath(new URL(`./${name}.mjs`, import.meta.url)), words, file]);
}

async function startProgram(engine: RunningEngine, words: readonly string[]): Promise<Host> {
  const program = spawn(process.execPath, words, {
    env: engine.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  program.stdout!.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => said.includes('ready'));
  return { program, said: () => said, end: (signal: NodeJS.Signals) => endProgram(program, signal) };
}

/** What a host has told of one of its jobs. */
export interface Told {
  readonly event: string;
  readonly jobId: string;
  readonly isForOthers?: boolean;
  readonly stats: object;
}

export function told(host: Host, event: string): Told[] {
  const lines = host.said().split('\n').slice(0, -1);
  const all = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Told);
  return all.filter((one) => one.event === event);
}

export interface Noted {
  readonly what: 'began' | 'ended' | 'stopped';
  readonly n: number;
  readonly pid: number;
  readonly jobId: string;
}

/** What the jobs of Gated have written down. */
export function notedIn(file: string): Noted[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Noted);
}
