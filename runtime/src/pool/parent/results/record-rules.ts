import type { Job } from '../../jobs/job.js';
import { ChildStage, LARGE_VALUE, RecordKind, Sleep } from '../../protocol.js';
import { Bundle } from '../placing/bundle.js';

/**
 * What a child can have told of what lies in a slot, whose use the record has named. A child that tells anything else has
 * written where it should not.
 * @param position of the job within its bundle
 * @returns what is wrong; `undefined` when the record can be
 */
export function problemOfRecord(held: Job | Bundle, kind: number, position: number): string | undefined {
  const bare = kind & ~LARGE_VALUE;
  if (bare < RecordKind.Result || bare > RecordKind.Noticed) return `a record of kind ${kind}`;
  const due = held instanceof Bundle ? held.done : 0;
  if (position !== due) return `a record about job ${position} of a slot, where it is at job ${due}`;
  const job = held instanceof Bundle ? lastOf(held, position) : held;
  const isNotice = job?.notice !== undefined;
  const isEnd = bare === RecordKind.Result || bare === RecordKind.Response;
  if (isNotice ? isEnd : bare === RecordKind.Noticed)
    return `a record of kind ${kind} about another kind of job`;
  if (bare === RecordKind.LoadFailed && job === undefined) return 'a module that failed to load in a bundle';
  return undefined;
}

/** The job that a bundle was ended with, where the position is its. */
function lastOf(bundle: Bundle, position: number): Job | undefined {
  return position === bundle.count - 1 ? bundle.last : undefined;
}

/** What a child can say of itself. @returns what is wrong; `undefined` when nothing is */
export function problemOfBlock(
  { asleep, stage, loading }: { asleep: number; stage: number; loading: number },
  slotCount: number,
): string | undefined {
  if (!(asleep >= Sleep.Awake && asleep <= Sleep.Briefly)) return `${asleep} where it says how it sleeps`;
  if (!(stage >= ChildStage.Booting && stage <= ChildStage.Retired))
    return `${stage} where it says how far it is`;
  if (!(loading >= 0 && loading <= slotCount)) return `${loading} where it says what it loads`;
  return undefined;
}
