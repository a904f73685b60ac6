// What an actor did, written before and after each operation, so that it is known also when the actor is killed.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A delivery, as its holder saw it. */
export interface Held {
  readonly n: number;
  readonly id: string;
  readonly token: string;
  readonly attempt: number;
}

/** Fields of a line; those of the begin and of the end of an operation are put together when it is read. */
export interface Entry {
  readonly op: string;
  readonly ns?: readonly number[];
  readonly ids?: readonly string[];
  readonly priority?: number;
  readonly delayMs?: number;
  readonly key?: string;
  readonly leases?: readonly Held[];
  readonly outcomes?: readonly string[];
  readonly problem?: string;
}

/** An operation: `to` is infinite when the actor was killed in it. Times in microseconds. */
export interface Done extends Entry {
  readonly actor: number;
  readonly from: number;
  readonly to: number;
}

export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

export class Log {
  readonly #fd: number;
  #next = 0;

  constructor(
    file: string,
    readonly actor: number,
  ) {
    this.#fd = openSync(file, 'a');
  }

  /** @returns what writes the end of the operation */
  begin(entry: Entry): (more: Partial<Entry>) => void {
    this.#next += 1;
    const number = this.#next;
    this.#write({ number, at: nowUs(), ...entry });
    return (more) => this.#write({ number, at: nowUs(), isEnd: true, ...more });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(line: object): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
  }
}

type Line = Entry & { readonly number: number; readonly at: number; readonly isEnd?: boolean };

export function readLog(file: string, actor: number): Done[] {
  const operations = new Map<number, Done>();
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    // The last line of one who was killed may be cut.
    if (!text.endsWith('}')) continue;
    const { number, at, isEnd, ...entry } = JSON.parse(text) as Line;
    const begun = operations.get(number);
    if (begun === undefined)
      operations.set(number, { ...entry, actor, from: at, to: Number.POSITIVE_INFINITY });
    else if (isEnd) operations.set(number, { ...begun, ...entry, to: at });
  }
  return [...operations.values()];
}
