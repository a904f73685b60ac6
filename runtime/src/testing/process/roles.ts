import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Queue } from '../../contracts/queue.js';
import type { LogLine, ProcessMessage, ProcessRole } from './protocol.js';

type Say = (message: ProcessMessage) => void;

export async function playRole(
  queue: Queue<unknown>,
  role: ProcessRole,
  stopped: AbortSignal,
  say: Say,
): Promise<void> {
  switch (role.kind) {
    case 'hold':
      return hold(queue, role.count, stopped, say);
    case 'put':
      await sleep(role.afterMs);
      await queue.put(role.values);
      return say({ kind: 'done' });
    case 'crash':
      return crash(queue, stopped);
    case 'consume':
      return consume(queue, role.log, role.batch, stopped);
    case 'arrive':
      return arrive(queue, role.ids, stopped);
    case 'keep':
      return keep(queue, role.log, role.prefix, stopped);
    case 'limited':
      return workWithin(queue, role, stopped);
    case 'produce':
      await produce(queue, role);
      return say({ kind: 'done' });
  }
}

async function untilStopped(stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) await sleep(20);
}

async function hold(queue: Queue<unknown>, count: number, stopped: AbortSignal, say: Say): Promise<void> {
  const held: Lease<unknown>[] = [];
  while (held.length < count && !stopped.aborted)
    held.push(...(await queue.reserve(count - held.length, { waitMs: 200 })));
  say({ kind: 'held', values: held.map((lease) => lease.value) });
  await untilStopped(stopped);
}

async function crash(queue: Queue<unknown>, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted)
    if ((await queue.reserve(1, { waitMs: 200 })).length > 0) process.kill(process.pid, 'SIGKILL');
}

async function consume(
  queue: Queue<unknown>,
  log: string,
  batch: number,
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    const leases = await queue.reserve(batch, { waitMs: 200 });
    if (leases.length === 0) continue;
    const at = Date.now();
    const { pid } = process;
    write(
      log,
      leases.map(({ value, deadline }) => ({ step: 'take', value: String(value), at, deadline, pid })),
    );
    const outcomes = await queue.ack(leases);
    write(
      log,
      leases.map(({ value }, index) => ({
        step: 'ack',
        value: String(value),
        outcome: outcomes[index] ?? 'lost',
        pid,
      })),
    );
  }
}

const WORK_MS = 10;

async function workWithin(
  queue: Queue<unknown>,
  { log, batch, atOnce }: Extract<ProcessRole, { kind: 'limited' }>,
  stopped: AbortSignal,
): Promise<void> {
  const { pid } = process;
  const work = async (lease: Lease<unknown>) => {
    const value = String(lease.value);
    if (lease.deadline <= Date.now()) return;
    write(log, [{ step: 'take', value, at: Date.now(), deadline: lease.deadline, pid }]);
    await sleep(WORK_MS);
    write(log, [{ step: 'end', value, at: Date.now(), pid }]);
    await queue.ack([lease]);
  };
  while (!stopped.aborted) {
    const leases = await queue.reserve(batch, { waitMs: 200, limit: { atOnce } });
    await Promise.all(leases.map(work));
  }
}

async function produce(
  queue: Queue<unknown>,
  { log, prefix, count, batch }: Extract<ProcessRole, { kind: 'produce' }>,
): Promise<void> {
  for (let from = 0; from < count; from += batch) {
    const values = Array.from({ length: Math.min(batch, count - from) }, (_, i) => `${prefix}:${from + i}`);
    await queue.put(values);
    write(
      log,
      values.map((value) => ({ step: 'put', value })),
    );
  }
}

async function arrive(
  { joins }: Queue<unknown>,
  ids: readonly string[],
  stopped: AbortSignal,
): Promise<void> {
  const rest = { kind: 'x', ok: true, at: Date.now(), error: null, forMs: 60_000 };
  for (const id of ids) {
    if (stopped.aborted) return;
    await joins?.arrive([{ id, value: `${id} done`, ...rest }]);
    await sleep(5);
  }
  await untilStopped(stopped);
}

async function keep(
  { history }: Queue<unknown>,
  log: string,
  prefix: string,
  stopped: AbortSignal,
): Promise<void> {
  for (let from = 0; !stopped.aborted; from += 2) {
    const values = [`${prefix}:${from}`, `${prefix}:${from + 1}`];
    const rest = { kind: prefix, ok: true, at: Date.now(), error: null, forMs: 3_600_000 };
    await history?.keep(values.map((value) => ({ id: value, value, ...rest })));
    write(
      log,
      values.map((value) => ({ step: 'kept', value })),
    );
  }
}

/** At once and whole, so that it is there even when the process is killed right after. */
function write(log: string, lines: readonly LogLine[]): void {
  appendFileSync(log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
