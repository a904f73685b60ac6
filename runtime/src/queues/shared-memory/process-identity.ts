import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { saysGone, systemError } from '../../errors/system-error.js';
import { statFields } from '../../segment/stat-fields.js';
import { type PsAnswer, psAnswer } from './ps.js';

/** A thread of a process; the start time tells it from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly threadId: number;
  readonly startTime: number;
}

/** Who the calling thread is. */
export interface OwnIdentity extends ProcessIdentity {
  /** When the process began, which is its first thread. */
  readonly processStartTime: number;
}

/**
 * `'unknown'` when the system did not say, as when this process has no descriptors left to ask with: to be asked again,
 * and to be taken for alive until then.
 */
export type Liveness = 'running' | 'stopped' | 'unknown' | 'dead';

const linux = process.platform === 'linux';
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/** See `statFields`. */
function readStat(pid: number, threadId: number): string[] {
  return statFields(readFileSync(`/proc/${pid}/task/${threadId}/stat`, 'latin1'));
}

let own: OwnIdentity | undefined;
let ownNamespace: number | undefined;

/** Who the calling thread is. @throws MprocError `ERR_SYSTEM` when the system does not say */
export function ownIdentity(): OwnIdentity {
  own ??= linux ? lookAtOwn() : ownByPs();
  return own;
}

function lookAtOwn(): OwnIdentity {
  const { pid } = process;
  try {
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    const startTime = Number(readStat(pid, threadId)[START_TIME_FIELD]);
    const processStartTime = threadId === pid ? startTime : Number(readStat(pid, pid)[START_TIME_FIELD]);
    return { pid, threadId, startTime, processStartTime };
  } catch (error) {
    throw systemError('this process could not be found in /proc', error);
  }
}

function ownByPs(): OwnIdentity {
  const { pid } = process;
  const answer = psAnswer(pid);
  if (answer === undefined) throw systemError('this process could not be found by `ps`', 'no answer');
  return { pid, threadId: pid, startTime: answer.startTime, processStartTime: answer.startTime };
}

/**
 * Only a process that the system says is not there, or another one by now, is dead. Numbers are used again, but not
 * within the resolution of the start time (10 ms on Linux, a second elsewhere): that would take as many new processes
 * as there are numbers.
 */
export function livenessOf({ pid, threadId, startTime }: ProcessIdentity): Liveness {
  if (!(pid > 0)) return 'dead';
  return judge(look(pid, threadId), pid, (started) => started === startTime);
}

/** The same of the process alone, of whose start time a part is known. */
export function livenessOfProcess(pid: number, isItsStart: (startTime: number) => boolean): Liveness {
  return judge(look(pid, pid), pid, isItsStart);
}

/** What the system says of a thread, in the words of either source. */
type Look = PsAnswer | 'gone' | 'unknown';

function look(pid: number, threadId: number): Look {
  if (!linux) return psAnswer(pid) ?? 'unknown';
  try {
    const fields = readStat(pid, threadId);
    return { state: fields[STATE_FIELD] ?? '', startTime: Number(fields[START_TIME_FIELD]) };
  } catch (error) {
    return saysGone(error) && !isHidden(pid) ? 'gone' : 'unknown';
  }
}

/** Does /proc keep quiet about a process that there is? Where it is not mounted, or with `hidepid`. */
function isHidden(pid: number): boolean {
  if (!pidExists(pid)) return false;
  try {
    return statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined && pidExists(pid);
  } catch {
    return true;
  }
}

function judge(look: Look, pid: number, isItsStart: (startTime: number) => boolean): Liveness {
  if (look === 'gone') return 'dead';
  // To ask by a signal takes no descriptor and no memory; it tells no more than whether there is such a number.
  if (look === 'unknown' || !Number.isFinite(look.startTime)) return pidExists(pid) ? 'unknown' : 'dead';
  if (!isItsStart(look.startTime)) return 'dead';
  const { state } = look;
  if (state.startsWith('Z') || state === 'X') return 'dead';
  return state.startsWith('T') || state === 't' ? 'stopped' : 'running';
}

/** Whether there is, or may be, a process of that number at all. */
export function pidExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !saysGone(error);
  }
}

/**
 * Processes of different namespaces cannot tell by number whether the other lives. 0 where there are none.
 * @throws MprocError `ERR_SYSTEM` when the system does not say
 */
export function pidNamespace(): number {
  if (!linux) return 0;
  try {
    ownNamespace ??= Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0);
    return ownNamespace;
  } catch (error) {
    throw systemError('the namespace of this process could not be found in /proc', error);
  }
}
