import { Worker } from 'mproc-worker';

interface Order {
  numbers: Float64Array;
  how: 'die' | 'throw';
  times: number;
}

interface Given {
  first: number;
  /** Do the numbers follow each other? */
  isWhole: boolean;
  attempt: number;
  /** Of the attempts whose changes were kept. */
  tries: number;
}

function isFrom(first: number, numbers: Float64Array): boolean {
  for (let at = 0; at < numbers.length; at += 1) if (numbers[at] !== first + at) return false;
  return true;
}

/** Spoils its argument and fails in the given way, as often as it is told; then says what it was given. */
export class Spoil extends Worker<Order, Given> {
  static override readonly module = import.meta.url;
  tries = 0;
  /** Makes the state large. */
  ballast: Uint8Array | undefined;

  protected override process({ numbers, how, times }: Order): Given {
    this.tries += 1;
    const given = {
      first: numbers[0]!,
      isWhole: isFrom(numbers[0]!, numbers),
      attempt: this.attempt,
      tries: this.tries,
    };
    if (this.attempt > times) return given;
    numbers.fill(-1);
    if (how === 'throw') throw new Error('spoilt');
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  }
}

/** A large result, and the end of its process soon after. */
export class Leave extends Worker<number, { numbers: Float64Array; pid: number }> {
  static override readonly module = import.meta.url;

  protected override process(first: number) {
    const numbers = new Float64Array(5 * 2 ** 20).fill(7);
    numbers[0] = first;
    return { numbers, pid: process.pid };
  }
}

/** Gives back what the job before it was given, or its own argument where it is the first. */
export class Remember extends Worker<Float64Array, Float64Array> {
  static override readonly module = import.meta.url;
  static #given: Float64Array | undefined;

  protected override process(numbers: Float64Array): Float64Array {
    const before = Remember.#given ?? numbers;
    Remember.#given = numbers;
    return before;
  }
}

/** Takes a large argument and keeps nothing of it. */
export class Count extends Worker<Float64Array, { length: number; pid: number }> {
  static override readonly module = import.meta.url;

  protected override process(numbers: Float64Array) {
    return { length: numbers.length, pid: process.pid };
  }
}
