import type { Decision, Failure, Strategy } from 'mproc-worker';
import type { Random } from '../random.js';

/** A strategy that the seed has drawn, and that may do something else inside. */
export class DrawnStrategy implements Strategy {
  readonly maxAttempts: number;
  readonly retries: Record<Failure['kind'], boolean>;
  readonly #delayMs: number;

  constructor(
    random: Random,
    readonly inside: (where: string) => void,
  ) {
    this.maxAttempts = random.between(1, 4);
    const [error, crash, timeout] = [random.chance(0.7), random.chance(0.8), random.chance(0.5)];
    this.retries = { error, crash, timeout };
    this.#delayMs = random.pick([0, 1, 20, 80]);
  }

  decide({ kind, attempt }: Failure): Decision {
    this.inside('decide');
    if (!this.retries[kind] || attempt >= this.maxAttempts) return { action: 'fail' };
    return attempt % 2 === 1 ? { action: 'immediately' } : { action: 'later', delayMs: this.#delayMs };
  }
}
