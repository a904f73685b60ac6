/** What parent and child agree on besides the layout of their memory. */
import type { InstanceRule } from '../values/index.js';
import type { TypescriptLoading } from './typescript.js';

/** Kinds of slot state, in the low bits. A running slot has the number of its child above them, and above that its use. */
export const SlotState = { Free: 0, Ready: 1, Running: 2 } as const;
const SLOT_STATE_BITS = 2;
/** For the state and the number of a child, of which there are 1,024 at most. */
const OWNER_BITS = 12;
const OWNER_MASK = (1 << OWNER_BITS) - 1;

/** Each use of a slot has a number of its own, from 1 to this. */
export const LAST_USE = (1 << 20) - 1;

export function readyIn(use: number): number {
  return (use << OWNER_BITS) | SlotState.Ready;
}

export function runningUnder(child: number): number {
  return (child << SLOT_STATE_BITS) | SlotState.Running;
}

export function runningIn(use: number, running: number): number {
  return (use << OWNER_BITS) | running;
}

/** The child that runs what is in a slot of this state and this use; -1 when none does. */
export function runnerIn(state: number, use: number): number {
  const owner = state & OWNER_MASK;
  if (state !== runningIn(use, owner)) return -1;
  return (owner & ((1 << SLOT_STATE_BITS) - 1)) === SlotState.Running ? owner >> SLOT_STATE_BITS : -1;
}

/**
 * The turn of a bundle: the job that is its child's now, whether it is the last one, and above both the use of the slot.
 */
export const Turn = { JobMask: 0x3f, Last: 0x40 } as const;
const TURN_BITS = 7;

export function turnIn(use: number, position: number): number {
  return (use << TURN_BITS) | position;
}

/** Is it a turn of this use? */
export function isTurnOf(use: number, turn: number): boolean {
  return turn >>> TURN_BITS === use;
}

/** Jobs in a bundle at most. */
export const MOST_IN_BUNDLE = 32;

const POSITION_SHIFT = 20;

/** Names a job in what a child tells: its slot, and its position where it is one of a bundle. */
export function jobRef(slot: number, position: number): number {
  return slot | (position << POSITION_SHIFT);
}

export function slotIn(ref: number): number {
  return ref & ((1 << POSITION_SHIFT) - 1);
}

export function positionIn(ref: number): number {
  return ref >>> POSITION_SHIFT;
}

/** The slot at the end of a lane, and the lower bits of the position after it. */
export function lastEntry(slot: number, tail: number): number {
  return jobRef(slot, tail);
}

export const ChildStage = { Booting: 0, Serving: 1, Retired: 2 } as const;

/**
 * What a child waits for: jobs, room in its result ring, or the jobs that it runs side by side already. `Briefly`: jobs, in the
 * system's own sleep on this word, which whoever changes it must end.
 */
export const Sleep = { Awake: 0, ForWork: 1, ForRoom: 2, ForItsJobs: 3, Briefly: 4 } as const;

/** What the parent waits for: a doorbell, or, `Briefly`, the end of the system's own sleep on this word. */
export const ParentSleep = { Awake: 0, UntilRung: 1, Briefly: 2 } as const;

/**
 * `Standby`: take nothing until there is another order. `Drain`: finish what runs, take nothing more, then exit. From `Reserved` on, with the number of a slot added: finish what
 * runs, then take the job of that slot, and nothing beside it or after it.
 */
export const ChildOrder = { Standby: -1, Serve: 0, Drain: 1, Reserved: 2 } as const;

/** Flags of a slot, in the `attempt` word above the attempt number. */
export const JobFlag = {
  AttemptMask: 0xffff,
  /** The payload begins with a state of its own, in place of the task's. */
  OwnState: 1 << 16,
  /** The payload ends in the name of a segment, which holds the arguments. */
  LargeValue: 1 << 17,
  /** Nothing is run; listeners of the class hear of an end that was decided in the parent. */
  Notice: 1 << 18,
  /** In place of the state of its own is the name of a segment that holds it. */
  StateLargeValue: 1 << 19,
  /** The arguments are an object of `args` and the `carrier` that goes with the job. */
  Carried: 1 << 20,
} as const;

export const RecordKind = {
  /** Skip to the start of the ring. */
  Padding: 0,
  /** The attempt succeeded; the payload is its result. */
  Result: 1,
  /** `process` returned a response of its own; the payload is what it holds. */
  Response: 2,
  /** It threw; the payload is what was thrown. */
  Thrown: 3,
  /** An event that the parent listens to; the payload is its name. */
  Event: 4,
  /** The job told of its progress. */
  Progress: 5,
  /** The module of the worker did not load; the payload is the error. */
  LoadFailed: 6,
  /** The process is about to die of an uncaught error, which is the payload. */
  Fatal: 7,
  /** The notice has been heard. */
  Noticed: 8,
  /** The child has ended a bundle after this job. */
  BundleEnded: 9,
  /** How long it took to unpack the arguments and to pack the result of the attempt before this record; only while the pool is traced. */
  Packing: 10,
} as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Does the child do nothing more for the job after this record, listeners apart? */
export function endsAttempt(kind: number): boolean {
  switch (kind & ~LARGE_VALUE) {
    case RecordKind.Result:
    case RecordKind.Response:
    case RecordKind.Thrown:
    case RecordKind.LoadFailed:
    case RecordKind.Noticed:
      return true;
    default:
      return false;
  }
}

/** Added to a kind: the payload is the name of a segment that holds the payload. */
export const LARGE_VALUE = 0x100;
const KIND_BITS = 9;

/** What a record begins with: its kind, and which use of the slot it is about. */
export function recordTag(kind: number, use: number): number {
  return (use << KIND_BITS) | kind;
}

export function kindIn(tag: number): number {
  return tag & ((1 << KIND_BITS) - 1);
}

export function useIn(tag: number): number {
  return tag >>> KIND_BITS;
}

/** What a child writes to stdout and stderr behind the output of an attempt, where its responses are to have that. */
export function endOfOutput(token: string, use: number, ref: number): string {
  return `\0${token} ${use} ${ref}\0`;
}

/** Where a child finds the class of a worker. */
export interface WorkerPlace {
  readonly module: string;
  /** The name of the class. */
  readonly exportName: string;
  /** What tells the class from others whatever their names; see class-text.ts. */
  readonly classText: string;
  /** Of a function: how many its module has defined before it; -1 where it exports the function as `exportName`. */
  readonly place: number | undefined;
}

/** What a child must know to run the jobs of one call; described once, in shared memory. */
export interface TaskDescription extends WorkerPlace {
  /** Job ids are this, a dot, and the index. */
  readonly jobIdPrefix: string;
  /** The worker's own fields; `undefined` when it has none. */
  readonly state: unknown;
  /** Name of the segment that holds them instead, where they are large. */
  readonly stateLargeValue: string | undefined;
  /** Events that the parent listens to. */
  readonly events: readonly string[];
  /** Send the worker's state with each end, because a listener in the parent will look at it. */
  readonly sendState: boolean;
}

/** What a notice tells the listeners of the class. */
export interface Notice {
  readonly type: string;
  readonly attempt: number;
  readonly kind?: 'error' | 'crash' | 'timeout' | undefined;
  readonly delayMs?: number | undefined;
  readonly error: unknown;
}

/** Descriptors of a child, after the three standard ones. */
export const CHILD_FD = { segment: 3, doorbell: 4, parentDeathSocket: 5 } as const;

/** Everything a child is told when it is made, as one JSON argument. */
export interface ChildBoot {
  /** The file of the native library; found anew where it is missing. */
  readonly nativeFile?: string | undefined;
  readonly parentPid: number;
  readonly child: number;
  readonly segmentBytes: number;
  /** Length of what V8 has compiled of the core, which lies behind the segment in its file, if there was room. */
  readonly codeBytes: number;
  /** Of which file of the core that is. */
  readonly codeEdition: string;
  /** Where to keep what V8 has compiled by the first job. */
  readonly cacheCodeAt?: string | undefined;
  readonly typescript: TypescriptLoading;
  readonly concurrency: number;
  readonly maxJobs: number;
  readonly maxMemoryBytes: number;
  readonly idleTimeoutMs: number;
  readonly setupTimeoutMs: number;
  readonly teardownTimeoutMs: number;
  readonly instances: InstanceRule;
  /** See `endOfOutput`. */
  readonly outputToken?: string | undefined;
}
