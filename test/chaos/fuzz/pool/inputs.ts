import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.js';
import type { OpenCall } from './call.js';
import type { JobArgs, JobPlan } from './job.js';
import type { Plans } from './plans.js';

export type InputForm = 'array' | 'sync' | 'async' | 'slowAsync' | 'endless' | 'throwing' | 'asyncThrowing';

/** Iterables of a call's arguments; each notes what was taken of it. */
export class Inputs {
  constructor(
    readonly plans: Plans,
    readonly inside: (where: string) => void,
  ) {}

  of(
    form: InputForm,
    count: number,
    random: Random,
    call: OpenCall,
  ): Iterable<JobArgs> | AsyncIterable<JobArgs> {
    const throwsAt = form === 'throwing' || form === 'asyncThrowing' ? random.below(count + 1) : undefined;
    call.inputThrows = throwsAt !== undefined;
    if (form === 'array') return Array.from({ length: count }, () => this.#next(call)!);
    const many = form === 'endless' ? Number.POSITIVE_INFINITY : count;
    if (form === 'sync' || form === 'endless' || form === 'throwing') return this.#sync(call, many, throwsAt);
    return this.#async(call, many, throwsAt, form === 'slowAsync' ? random : undefined);
  }

  #next(call: OpenCall): JobArgs {
    const plan: JobPlan = this.plans.draw();
    call.plans.push(plan);
    return this.plans.argsOf(plan);
  }

  *#sync(call: OpenCall, count: number, throwsAt: number | undefined): Generator<JobArgs> {
    try {
      for (let at = 0; at < count && !this.plans.isUsedUp; at += 1) {
        this.inside('next');
        if (at === throwsAt) throw new Error(`input of call ${call.number} throws`);
        yield this.#next(call);
      }
      if (throwsAt !== undefined) throw new Error(`input of call ${call.number} throws`);
    } finally {
      this.inside('return');
    }
  }

  async *#async(
    call: OpenCall,
    count: number,
    throwsAt: number | undefined,
    slow: Random | undefined,
  ): AsyncGenerator<JobArgs> {
    for (let at = 0; at < count && !this.plans.isUsedUp; at += 1) {
      if (slow?.chance(0.2)) await sleep(slow.below(10));
      this.inside('async next');
      if (at === throwsAt) throw new Error(`input of call ${call.number} throws`);
      yield this.#next(call);
    }
    if (throwsAt !== undefined) throw new Error(`input of call ${call.number} throws`);
  }
}
