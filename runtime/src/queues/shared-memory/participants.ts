import { MprocError } from '../../errors/errors.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { HEADER, MAX_PARTICIPANTS, PARTICIPANT } from './layout.js';
import {
  type Liveness,
  livenessOf,
  livenessOfProcess,
  type OwnIdentity,
  ownIdentity,
  type ProcessIdentity,
} from './process-identity.js';
import type { QueueSegment } from './queue-segment.js';

const P = PARTICIPANT.word;
const LOCK_OWNER_MASK = 0xfff;
/** Process numbers are smaller on every system we run on (`PID_MAX_LIMIT` of Linux). */
const PID_VALUES = 2 ** 22;
/** As many as fit beside a pid. A prime to the ticks of a second, of which start times may be multiples. */
const START_MARKS = 511;

/** One connection's entry. The incarnation tells it from those that had the entry before. */
export interface Participant {
  readonly index: number;
  readonly incarnation: number;
}

function entryAt(segment: QueueSegment, index: number): number {
  return segment.at.word.participants + index * PARTICIPANT.lengthWords;
}

/**
 * Enters the calling thread among the participants. Needs no lock: an entry is claimed by compare-and-swap of its
 * pid, from 0 or from a dead process that does not own the lock (who takes the lock over still has to see it there).
 * Until the entry is complete its first word is a claim, so that nobody judges its new owner by the fields of the old one.
 * @throws MprocError `ERR_QUEUE_FULL` when so many live processes have the queue open; `ERR_SYSTEM`
 */
export function register(segment: QueueSegment): Participant {
  const self = ownIdentity();
  const word = claimOf(self);
  const claimed = claim(segment, word, (pid) => pid === 0) ?? claim(segment, word, () => true);
  if (claimed === undefined)
    throw new MprocError(
      'ERR_QUEUE_FULL',
      `queue ${segment.name} is open in ${MAX_PARTICIPANTS} places already; close some`,
    );
  const { words } = segment;
  const at = entryAt(segment, claimed);
  const incarnation = Atomics.add(words, at + P.incarnation, 1) + 1;
  failpoint('queue.registering');
  words[at + P.threadId] = self.threadId;
  segment.floats[(at + P.startTime) / 2] = self.startTime;
  // SYNC: completes the entry; pairs with the load of `pid` in `participantLiveness`.
  Atomics.store(words, at + P.pid, self.pid);
  return { index: claimed, incarnation: incarnation | 0 };
}

/**
 * The first word of an entry while its owner registers: negative, the pid and beside it what fits of the process's start
 * time. By that alone it is judged when it dies in this very moment and its number is used again; one of 511 that get the
 * number would then be taken for it, and keep the entry as long as it lives, and nothing else.
 */
function claimOf({ pid, processStartTime }: OwnIdentity): number {
  return -(pid + startMark(processStartTime) * PID_VALUES);
}

function startMark(startTime: number): number {
  return Math.floor(startTime) % START_MARKS;
}

/** The process of an entry, complete or not. */
function pidOf(word: number): number {
  return word < 0 ? -word % PID_VALUES : word;
}

function claimantLiveness(word: number): Liveness {
  const mark = Math.floor(-word / PID_VALUES);
  return livenessOfProcess(pidOf(word), (startTime) => startMark(startTime) === mark);
}

function claim(segment: QueueSegment, word: number, wanted: (pid: number) => boolean): number | undefined {
  for (let index = 0; index < MAX_PARTICIPANTS; index += 1) {
    const at = entryAt(segment, index) + P.pid;
    const present = Atomics.load(segment.words, at);
    if (!wanted(present) || lockOwnerIndex(segment) === index) continue;
    if (present !== 0 && participantLiveness(segment, index) !== 'dead') continue;
    if (Atomics.compareExchange(segment.words, at, present, word) === present) return index;
  }
  return undefined;
}

function lockOwnerIndex(segment: QueueSegment): number {
  return (Atomics.load(segment.words, HEADER.word.lock) & LOCK_OWNER_MASK) - 1;
}

/** Frees the entry of a connection that is closed, if it is still its own. */
export function unregister(segment: QueueSegment, me: Participant): void {
  if (isStillMine(segment, me))
    Atomics.compareExchange(segment.words, entryAt(segment, me.index) + P.pid, process.pid, 0);
}

export function isStillMine(segment: QueueSegment, me: Participant): boolean {
  const at = entryAt(segment, me.index);
  return (
    Atomics.load(segment.words, at + P.pid) === process.pid &&
    Atomics.load(segment.words, at + P.incarnation) === me.incarnation
  );
}

function identityOf(segment: QueueSegment, index: number, pid: number): ProcessIdentity {
  const at = entryAt(segment, index);
  return {
    pid,
    threadId: segment.words[at + P.threadId]!,
    startTime: segment.floats[(at + P.startTime) / 2]!,
  };
}

export function participantPid(segment: QueueSegment, index: number): number {
  return pidOf(Atomics.load(segment.words, entryAt(segment, index) + P.pid));
}

export function participantLiveness(segment: QueueSegment, index: number): Liveness {
  if (index < 0 || index >= MAX_PARTICIPANTS) return 'dead';
  const pid = Atomics.load(segment.words, entryAt(segment, index) + P.pid);
  // It is registering this very moment, or died doing so: the other fields are those of who was here before.
  if (pid < 0) return claimantLiveness(pid);
  return livenessOf(identityOf(segment, index, pid));
}

/** Whether a lease's owner is there no more: its entry is free, another's, or of a dead process. */
export function isOwnerGone(segment: QueueSegment, index: number, incarnation: number): boolean {
  if (index < 0 || index >= MAX_PARTICIPANTS) return true;
  if (Atomics.load(segment.words, entryAt(segment, index) + P.incarnation) !== incarnation) return true;
  return participantLiveness(segment, index) === 'dead';
}

/** Pids of the living, and of those of whom the system does not say. */
export function livePids(segment: QueueSegment): number[] {
  const pids = new Set<number>();
  for (let index = 0; index < MAX_PARTICIPANTS; index += 1)
    if (participantLiveness(segment, index) !== 'dead') pids.add(participantPid(segment, index));
  return [...pids];
}

/** Frees the entries of dead processes, but for the lock's owner. Returns their pids. */
export function removeDeadParticipants(segment: QueueSegment): number[] {
  const dead: number[] = [];
  for (let index = 0; index < MAX_PARTICIPANTS; index += 1) {
    const at = entryAt(segment, index) + P.pid;
    const pid = Atomics.load(segment.words, at);
    if (pid === 0 || lockOwnerIndex(segment) === index) continue;
    if (participantLiveness(segment, index) !== 'dead') continue;
    if (Atomics.compareExchange(segment.words, at, pid, 0) === pid) dead.push(pidOf(pid));
  }
  return dead;
}
