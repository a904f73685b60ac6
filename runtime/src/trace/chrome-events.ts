import { Lanes } from './lanes.js';
import type { Recording, TracedAttempt } from './recording.js';

/** An event as Chrome and Perfetto read it; times are microseconds. */
export type ChromeEvent = { readonly ph: string; readonly [key: string]: unknown };

/** A counter is told so often, in milliseconds. */
const COUNTER_MS = 1;

/**
 * The events of a recording. A process is a track: `run` of each attempt with `unpack` in it and `pack` behind it, and `wait`
 * before it as an asynchronous track. The program is one too: its calls, from which an arrow leads to each attempt and
 * back to where the answer was had.
 */
export function* chromeEvents(recording: Recording): Generator<ChromeEvent> {
  const { parent, pids, attempts, events, pool } = recording;
  yield named('process_name', parent, 0, { name: `program ${parent}, pool ${pool}` });
  for (const pid of pids) yield named('process_name', pid, 0, { name: `process ${pid}` });
  yield* callEvents(recording);
  const lanes = new Map<number, Lanes>();
  for (const [number, attempt] of attempts.entries()) {
    const own = lanes.get(attempt.pid) ?? new Lanes();
    lanes.set(attempt.pid, own);
    yield* attemptEvents(
      recording,
      attempt,
      number,
      1 + own.place(attempt.startedAt, attempt.endedAt + attempt.packMs),
    );
  }
  for (const [pid, { count }] of lanes)
    for (let lane = 1; lane <= count; lane += 1)
      yield named('thread_name', pid, lane, { name: `jobs ${lane}` });
  for (const event of events) {
    const { kind, at, pid, ...args } = event;
    yield { ph: 'i', name: kind, cat: kind, s: 'p', pid, tid: 1, ts: us(at), args };
  }
  yield* counters(recording);
}

function named(name: string, pid: number, tid: number, args: object): ChromeEvent {
  return { ph: 'M', name, pid, tid, args };
}

function us(ms: number): number {
  return Math.round(ms * 1e6) / 1e3;
}

function* attemptEvents(
  { parent }: Recording,
  attempt: TracedAttempt,
  id: number,
  tid: number,
): Generator<ChromeEvent> {
  const { pid, jobId, class: name, queuedAt, startedAt, endedAt, unpackMs, packMs } = attempt;
  const args = { jobId, attempt: attempt.attempt, outcome: attempt.outcome };
  const wait = { cat: 'wait', name: `wait ${name}`, id: `w${id}`, pid, tid };
  yield { ph: 'b', ...wait, ts: us(queuedAt), args };
  yield { ph: 'e', ...wait, ts: us(startedAt) };
  yield { ph: 'X', cat: 'run', name, pid, tid, ts: us(startedAt), dur: us(endedAt - startedAt), args };
  if (unpackMs > 0)
    yield { ph: 'X', cat: 'unpack', name: 'unpack', pid, tid, ts: us(startedAt), dur: us(unpackMs) };
  if (packMs > 0) yield { ph: 'X', cat: 'pack', name: 'pack', pid, tid, ts: us(endedAt), dur: us(packMs) };
  if (attempt.outcome === 'timeout')
    yield { ph: 'i', cat: 'timeout', name: 'timeout', s: 't', pid, tid, ts: us(endedAt), args };
  const arrow = { cat: 'job', name: 'job', id };
  yield { ph: 's', ...arrow, pid: parent, tid: callTrack(attempt.call), ts: us(queuedAt) };
  yield { ph: 't', ...arrow, pid, tid, ts: us(startedAt) };
  yield { ph: 'f', bp: 'e', ...arrow, pid: parent, tid: callTrack(attempt.call), ts: us(attempt.toldAt) };
}

/** Each call has a track of its own: calls of one program may overlap in any way. */
function callTrack(call: number): number {
  return 1_000 + call;
}

/** From when its first job was ready until its last answer. */
function* callEvents({ parent, attempts }: Recording): Generator<ChromeEvent> {
  const calls = new Map<number, { name: string; from: number; until: number; jobs: number }>();
  for (const { call, class: name, queuedAt, toldAt } of attempts) {
    const known = calls.get(call) ?? { name, from: queuedAt, until: toldAt, jobs: 0 };
    known.from = Math.min(known.from, queuedAt);
    known.until = Math.max(known.until, toldAt);
    known.jobs += 1;
    calls.set(call, known);
  }
  for (const [call, { name, from, until, jobs }] of calls) {
    const tid = callTrack(call);
    yield named('thread_name', parent, tid, { name: `call ${call} of ${name}` });
    const dur = us(until - from);
    yield {
      ph: 'X',
      cat: 'call',
      name: `call of ${name}`,
      pid: parent,
      tid,
      ts: us(from),
      dur,
      args: { attempts: jobs },
    };
  }
}

/** How many jobs wait and run, now and then. */
function* counters({ parent, attempts }: Recording): Generator<ChromeEvent> {
  const changes: { at: number; waiting: number; running: number }[] = [];
  for (const { queuedAt, startedAt, endedAt } of attempts)
    changes.push(
      { at: queuedAt, waiting: 1, running: 0 },
      { at: startedAt, waiting: -1, running: 1 },
      { at: endedAt, waiting: 0, running: -1 },
    );
  changes.sort((a, b) => a.at - b.at);
  let waiting = 0;
  let running = 0;
  let told = Number.NEGATIVE_INFINITY;
  for (const [index, change] of changes.entries()) {
    waiting += change.waiting;
    running += change.running;
    if (change.at - told < COUNTER_MS && index < changes.length - 1) continue;
    told = change.at;
    yield { ph: 'C', name: 'jobs', pid: parent, tid: 0, ts: us(change.at), args: { waiting, running } };
  }
}
