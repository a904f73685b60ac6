import { MprocError, ValueError } from '../errors/index.js';
import { formatPath, type PathStep } from './path.js';

/** How much of a path is told of a value that is nested more deeply. */
const STEPS_TOLD = 100;

/** Bytes that are not a packed value, or a part of one that cannot be made in this process. */
export class DecodeError extends MprocError {
  /** Where the part is, without the name of the whole: `.items[3]`. */
  path = '';

  constructor(
    readonly problem: string,
    position: number,
    options?: ErrorOptions,
  ) {
    super('ERR_VALUE_DECODE', `a packed value cannot be read: ${problem} at byte ${position}`, options);
  }

  /** @param steps from the part to the whole */
  foundAt(steps: readonly PathStep[]): this {
    const fromRoot = [...steps].reverse();
    this.path = formatPath('', fromRoot, Math.min(fromRoot.length, STEPS_TOLD));
    if (this.path !== '') this.message += `, in ${this.path}`;
    return this;
  }
}

/**
 * What a job fails with because a value cannot be read, whatever was thrown meanwhile.
 * @param root what the value is, as `result`
 * @returns a ValueError with the path; a lack of memory or descriptors as it is
 */
export function unreadable(thrown: unknown, root: string): Error {
  if (thrown instanceof DecodeError && isLack(thrown.cause)) return thrown.cause;
  if (thrown instanceof DecodeError)
    return new ValueError(`${root}${thrown.path}`, `cannot be read: ${thrown.problem}`, {
      cause: thrown.cause ?? thrown,
    });
  if (thrown instanceof ValueError) return thrown;
  if (isLack(thrown)) return thrown;
  return new ValueError(root, `cannot be read: ${textOf(thrown)}`, { cause: thrown });
}

/** The value may be as it should be: it was the system that did not let it be read. */
function isLack(thrown: unknown): thrown is MprocError {
  return thrown instanceof MprocError && (thrown.code === 'ERR_MEMORY_FULL' || thrown.code === 'ERR_SYSTEM');
}

/** What a part says for itself. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'something was thrown';
  }
}
