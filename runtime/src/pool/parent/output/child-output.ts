import { randomBytes } from 'node:crypto';
import type { JobOutput } from '../../../contracts/response.js';
import { endOfOutput } from '../../protocol.js';
import { CapturedStream } from './captured-stream.js';
import { DebuggerLines } from './debugger-lines.js';
import { ownStderr } from './own-stderr.js';
import { PipeReader } from './pipe-reader.js';
import { StderrTail } from './stderr-tail.js';
import { WholeLines } from './whole-lines.js';

export const NO_OUTPUT: JobOutput = { stdout: '', stderr: '' };

/** What a child prints. */
export interface ChildOutput {
  /** The end of its stderr. */
  readonly tail: string;
  /** What an attempt has printed that has ended, where that is kept. */
  of(use: number, ref: number): JobOutput;
  /** What an attempt has printed that is not to end by itself. */
  ofUnended(): JobOutput;
  /** The child is dead: what it has printed by then is read. */
  end(): void;
}

/** Has the number of a descriptor told that something else closes it from now on. */
type Taken = (fd: number) => void;
/** Hears the address of a debugger that Node.js has opened in a child. @returns whether it is this package's affair */
type OnDebugger = (address: string) => boolean;

/** It goes to the stderr of this program; its stdout is this program's own. */
export class PassThroughOutput implements ChildOutput {
  readonly #lines = new WholeLines(ownStderr);
  readonly #tail = new StderrTail(this.#lines);
  readonly #stderr: PipeReader;

  /** @param stderr a descriptor that does not block. @throws when the system refuses it */
  constructor(stderr: number, taken: Taken, onDebugger: OnDebugger) {
    this.#stderr = new PipeReader(stderr, new DebuggerLines(this.#tail, onDebugger));
    this.#lines.readFrom(this.#stderr);
    taken(stderr);
  }

  get tail(): string {
    return this.#tail.toString();
  }

  of(): JobOutput {
    return NO_OUTPUT;
  }

  ofUnended(): JobOutput {
    return NO_OUTPUT;
  }

  end(): void {
    this.#stderr.end();
  }
}

/** Begins the marks that a child writes behind the output of each attempt: what nobody else can know. */
export function newOutputToken(): string {
  return randomBytes(16).toString('hex');
}

/** It goes to the responses of the jobs. */
export class CapturedOutput implements ChildOutput {
  readonly #token: string;
  readonly #stdout: CapturedStream;
  readonly #stderr: CapturedStream;

  /** @param stdout and `stderr`: descriptors that do not block. @throws when the system refuses them */
  constructor(stdout: number, stderr: number, token: string, taken: Taken, onDebugger: OnDebugger) {
    this.#token = token;
    this.#stdout = new CapturedStream(token);
    this.#stdout.readFrom(new PipeReader(stdout, this.#stdout));
    taken(stdout);
    this.#stderr = new CapturedStream(token);
    this.#stderr.readFrom(new PipeReader(stderr, new DebuggerLines(this.#stderr, onDebugger)));
    taken(stderr);
  }

  get tail(): string {
    return this.#stderr.tail;
  }

  of(use: number, ref: number): JobOutput {
    const mark = endOfOutput(this.#token, use, ref);
    return { stdout: this.#stdout.takeUntil(mark), stderr: this.#stderr.takeUntil(mark) };
  }

  ofUnended(): JobOutput {
    return { stdout: this.#stdout.takeAll(), stderr: this.#stderr.takeAll() };
  }

  end(): void {
    this.#stdout.end();
    this.#stderr.end();
  }
}
