// Changes random bytes of a queue's file and uses the queue in between. Every so often it tells how far it is.
import { closeSync, fstatSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { SharedMemoryQueue } from 'mproc-worker';

const seed = Number(process.argv[2]);
const wanted = Number(process.argv[3]);
const SLOW_MS = 1_000;
const counts = { changes: 0, operations: 0, typedErrors: 0, otherErrors: 0, wrong: 0, slow: 0 };
const problems: string[] = [];

let random = seed;
function below(limit: number): number {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
  return Math.floor((random / 2 ** 32) * limit);
}

function fileOf(name: string): string {
  const file = readdirSync('/dev/shm').find((entry) => entry.startsWith('mproc-') && entry.includes(name));
  return `/dev/shm/${file}`;
}

/** A payload that tells whether it is whole. */
interface Payload {
  readonly number: number;
  readonly check: number;
  readonly text: string;
}

function payload(number: number): Payload {
  return { number, check: (number * 2654435761) >>> 0, text: `${number} `.repeat(5) };
}

function isWhole(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  const { number, check, text } = value as Payload;
  return check === (number * 2654435761) >>> 0 && text === `${number} `.repeat(5);
}

async function use(queue: SharedMemoryQueue<unknown>, number: number): Promise<boolean> {
  const operations: readonly [() => unknown, ...(() => unknown)[]] = [
    () => queue.put(payload(number)),
    async () => {
      const value = await queue.pop();
      if (value !== undefined && !isWhole(value)) wrong(value);
    },
    () => queue.size(),
    async () => {
      const leases = await queue.reserve(3);
      for (const { value } of leases) if (!isWhole(value)) wrong(value);
      await queue.ack(leases);
    },
    () => queue.counts(),
  ];
  const operation = operations[below(operations.length)]!;
  const began = performance.now();
  counts.operations += 1;
  try {
    await operation();
  } catch (error) {
    const { code, stack } = Object(error) as { readonly code?: unknown; readonly stack?: string };
    if (typeof code === 'string' && code.startsWith('ERR_')) counts.typedErrors += 1;
    else {
      counts.otherErrors += 1;
      problems.push(String(stack ?? error).slice(0, 300));
    }
    return false;
  } finally {
    const tookMs = performance.now() - began;
    if (tookMs > SLOW_MS) {
      counts.slow += 1;
      problems.push(`${operation} took ${Math.round(tookMs)} ms`);
    }
  }
  return true;
}

function wrong(value: unknown): void {
  counts.wrong += 1;
  problems.push(`wrong payload: ${JSON.stringify(value)?.slice(0, 200)}`);
}

for (let made = 0; counts.changes < wanted && problems.length < 20; made += 1) {
  const name = `g9-${process.pid}-${made}`;
  const queue = SharedMemoryQueue.open(name, { memoryBytes: 256 * 1024, lockTimeoutMs: 200 });
  const fd = openSync(fileOf(name), 'r+');
  const { size } = fstatSync(fd);
  for (let number = 0; number < 30; number += 1) queue.put(payload(number));
  for (let change = 0; change < 50 && counts.changes < wanted; change += 1) {
    writeSync(fd, Buffer.from([below(256)]), 0, 1, below(4) === 0 ? below(4_096) : below(size));
    counts.changes += 1;
    for (let at = 0; at < 3; at += 1) await use(queue, made * 1_000 + change);
  }
  closeSync(fd);
  try {
    await queue.destroy();
  } catch {
    // It may be past that; the file goes below.
  }
  for (const entry of readdirSync('/dev/shm').filter((file) => file.includes(name)))
    rmSync(`/dev/shm/${entry}`, { force: true });
  if (made % 20 === 0) console.log(JSON.stringify({ ...counts, problems }));
}
console.log(JSON.stringify({ ...counts, problems }));
process.exit(0);
