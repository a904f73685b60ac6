import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type FailedJob, fileError, readFailedJob } from '../replay/failed-job.js';

/** How the job is to be run again. */
export interface ReplayOptions {
  /** A flag of Node.js for a debugger, such as `--inspect-brk`; `undefined` for none. */
  readonly inspect: string | undefined;
  /** Where the module of the worker is now. @default where it was */
  readonly module: string | undefined;
}

/** What it takes beside the program of this folder, in which the job runs. */
export interface ReplayCommand {
  readonly job: FailedJob;
  readonly command: readonly string[];
}

/**
 * Reads the file of a failed job, and tells what command runs it.
 * @throws MprocError `ERR_FAILED_JOB_FILE`, one line
 */
export function prepareReplay(path: string, { inspect, module }: ReplayOptions): ReplayCommand {
  const job = readFailedJob(textOf(path), path);
  if (job.problem !== undefined) throw fileError(path, `cannot be replayed: ${job.problem}`);
  const url = module === undefined ? job.module : urlOf(module);
  if (url.startsWith('file:') && !existsSync(fileURLToPath(url)))
    throw fileError(
      path,
      `names a module that is not there: ${fileURLToPath(url)}; where it has moved, say so: --module <path>`,
    );
  const program = join(import.meta.dirname, 'replay.cjs');
  const flags = inspect === undefined ? job.execArgv : [inspect, ...job.execArgv];
  return { job, command: [...flags, program, resolve(path), url] };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(path, `cannot be read: ${(error as Error).message}`, error);
  }
}

/** A path, or what is an URL already. */
function urlOf(module: string): string {
  return /^[a-z]{2,}:/.test(module) ? module : pathToFileURL(resolve(module)).href;
}

/** @returns what the process of the job has ended with; 128 and the number of the signal is left to the shell */
export async function runReplay({ job, command }: ReplayCommand): Promise<number | NodeJS.Signals> {
  const { exportName, jobId, failedAt, node, isExact } = job;
  const notes = [
    `job ${jobId} of ${exportName || 'a function'}, which failed at ${failedAt}`,
    ...(node === process.version ? [] : [`it failed under Node.js ${node}, this is ${process.version}`]),
    ...(isExact ? [] : ['its arguments are the same but for memory that typed arrays had in common']),
  ];
  process.stderr.write(`${notes.map((note) => `mproc replay: ${note}\n`).join('')}`);
  const child = spawn(process.execPath, command, { stdio: 'inherit' });
  // Ctrl-C is for the job, which this waits for.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.off('SIGINT', ignore);
  if (signal !== null) process.stderr.write(`mproc replay: the process of the job was ended by ${signal}\n`);
  return signal ?? exitCode!;
}
