import { fstatSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { endOfOutput } from '../protocol.js';
import { sleepSync } from './sleep-sync.js';

const require = createRequire(import.meta.url);
/** How long to wait before a pipe without room is tried again, in milliseconds. */
const FULL_PIPE_SLEEP_MS = 0.5;

/** What Node.js does not document of a stream. */
interface Reviving {
  _undestroy?(): void;
}

type StreamName = 'stdout' | 'stderr';
const FD = { stdout: 1, stderr: 2 } as const;

/**
 * From now on what this process writes to stdout and stderr has left it when the write returns, as at a terminal: a writer
 * waits until the pipe has room. A stream of Node.js would keep what a slow reader does not take in memory, and lose it
 * when the process ends. The streams are made at their first use: most processes never have one.
 */
export function blockOnOutput(): void {
  blockOn('stdout');
  blockOn('stderr');
}

function blockOn(name: StreamName): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  const make = descriptor?.get;
  if (descriptor?.configurable !== true || make === undefined) return;
  let stream: Writable | undefined;
  Object.defineProperty(process, name, {
    ...descriptor,
    get: () => {
      // To files and terminals Node.js waits for each write by itself.
      stream ??= isPipe(FD[name]) ? pipeStream(FD[name]) : make.call(process);
      return stream;
    },
  });
}

/** Says behind what each attempt has printed that it was all; see `endOfOutput`. */
export function markOutput(token: string): (use: number, job: number) => void {
  let last = '';
  return (use, job) => {
    const mark = endOfOutput(token, use, job);
    // A result that cannot be sent has an error told in its place.
    if (mark === last) return;
    last = mark;
    for (const fd of [FD.stdout, FD.stderr]) writeMark(fd, Buffer.from(mark));
  };
}

/** A job may have closed the stream: that must fail neither its own result nor those of the jobs after it. */
function writeMark(fd: number, mark: Buffer): void {
  try {
    writeWhole(fd, mark);
  } catch {
    // Nothing that is printed there comes to the parent any more.
  }
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

function pipeStream(fd: number): Writable {
  const { Writable: Stream } = require('node:stream') as typeof import('node:stream');
  const stream = new Stream({
    // As Node.js does it for a stream of its own: who ends it, or destroys it, does not do so for others.
    destroy(error, done) {
      done(error);
      (this as Reviving)._undestroy?.();
    },
    write(chunk: Buffer, _encoding, done) {
      try {
        writeWhole(fd, chunk);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  // What Node.js says of a stream of its own.
  return Object.assign(stream, { fd, _type: 'pipe', _isStdio: true });
}

/**
 * Another process may have made the pipe one that does not wait, as the parent does by using its own stdout. To change that
 * here would make the parent wait, too.
 */
function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nobody reads any more. That ends no job.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      sleepSync(FULL_PIPE_SLEEP_MS);
    }
  }
}
