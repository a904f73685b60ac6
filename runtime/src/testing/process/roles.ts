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

/** At once and whole, so that it is there even when the process is killed right after. */
function write(log: string, lines: readonly LogLine[]): void {
  appendFileSync(log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
