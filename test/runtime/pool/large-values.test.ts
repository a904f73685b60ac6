import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { Count, Leave, Remember, Spoil } from './large-jobs.worker.js';
import { lives, provePool, until } from './prove-pool.js';

const MIB = 2 ** 20;
/** So many numbers take 40 MiB: large enough to stay in shared memory. */
const MANY = 5 * MIB;
/** In the pool's own segment, in a file that is copied out of, in one of huge pages, and in one that is shown. */
const LENGTHS = [32_768, 65_536, MIB / 2, MANY];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function numbersFrom(first: number, length = MANY): Float64Array {
  const numbers = new Float64Array(length);
  for (let at = 0; at < length; at += 1) numbers[at] = first + at;
  return numbers;
}

function isFrom(first: number, numbers: Float64Array, length = MANY): boolean {
  if (numbers.length !== length) return false;
  // No callback for each of them: so many numbers are looked at that this is most of what these tests take.
  for (let at = 0; at < length; at += 1) if (numbers[at] !== first + at) return false;
  return true;
}

/** Mappings of large pieces of anonymous shared memory in a process. */
function largeMappings(pid: number | 'self' = 'self'): number {
  return readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .filter((line) => {
      const [from = '', to = ''] = line.split(' ', 1)[0]!.split('-');
      return line.includes('/dev/shm') && Number.parseInt(to, 16) - Number.parseInt(from, 16) >= 39 * MIB;
    }).length;
}

async function echoed(pool: ProcessPool, value: unknown): Promise<unknown> {
  const response = await pool.run(new Echo(), value);
  if (!response.ok) throw response.error;
  return response.body;
}

test('large arrays among other values keep their kinds, lengths and identities', () =>
  provePool({ processes: 1 }, async (pool) => {
    const shared = Buffer.alloc(50 * MIB + 3, 5);
    const value = {
      image: shared,
      name: 'holiday',
      again: shared,
      parts: [
        numbersFrom(3),
        new Uint8Array(70_001).fill(9),
        numbersFrom(8, MIB),
        new Int16Array(40_000).fill(-2),
      ],
      inside: new Map([['view', new DataView(new ArrayBuffer(MIB), 16, 80_000)]]),
      memory: new ArrayBuffer(33 * MIB),
      small: new Uint8Array([1, 2, 3]),
    };
    const body = (await echoed(pool, value)) as typeof value;
    expect(Object.keys(body)).toEqual(Object.keys(value));
    expect(Buffer.isBuffer(body.image) && body.image.equals(shared)).toBe(true);
    expect(body.again).toBe(body.image);
    expect(body.parts.map((part) => part.constructor)).toEqual(value.parts.map((part) => part.constructor));
    expect(isFrom(3, body.parts[0] as Float64Array)).toBe(true);
    expect(isFrom(8, body.parts[2] as Float64Array, MIB)).toBe(true);
    expect(
      body.parts[1]!.length === 70_001 && (body.parts[1] as Uint8Array).every((byte) => byte === 9),
    ).toBe(true);
    expect(new Set(body.parts[3] as Int16Array)).toEqual(new Set([-2]));
    expect(body.inside.get('view')!.byteLength).toBe(80_000);
    expect(body.memory.byteLength).toBe(33 * MIB);
    expect(body.small).toEqual(new Uint8Array([1, 2, 3]));
  }));

test.each(LENGTHS.flatMap((length) => [['die', length] as const, ['throw', length] as const]))(
  'a job that spoils its argument and fails (%s) gets the original again (%i numbers)',
  (how, length) =>
    provePool({ processes: 2 }, async (pool) => {
      const worker = new Spoil();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 3, type: 'immediately' });
      const numbers = numbersFrom(11, length);
      const running = pool.run(worker, { numbers, how, times: 2 });
      await until(() => pool.stats().outstanding === 1);
      await delay(20);
      const { ok, body } = await running;
      expect(ok).toBe(true);
      expect(body).toEqual({ first: 11, isWhole: true, attempt: 3, tries: how === 'throw' ? 3 : 1 });
      expect(numbers[0]).toBe(11);
    }),
);

test.each([64, 1])(
  'a large state that an attempt changed goes with large arguments to the next (%i MiB)',
  (size) =>
    provePool({ processes: 1, memoryBytes: size * MIB }, async (pool) => {
      const worker = Object.assign(new Spoil(), { ballast: new Uint8Array(3 * MIB).fill(6) });
      worker.retryStrategy = new RetryStrategy({ maxRetries: 3, type: 'immediately' });
      const orders = [MANY, 100_000, 10].map((length) => ({
        numbers: numbersFrom(length, length),
        how: 'throw' as const,
        times: 2,
      }));
      const responses = await pool.map(worker, orders);
      expect(responses.map(({ body, error }) => body ?? error)).toEqual(
        orders.map(({ numbers: { length } }) => ({
          first: length,
          isWhole: true,
          attempt: 3,
          tries: 3,
        })),
      );
    }),
);

test('what the caller changes after a job has begun, its next attempt does not see', () =>
  provePool({ processes: 1 }, async (pool) => {
    const worker = new Spoil();
    worker.retryStrategy = new RetryStrategy({
      maxRetries: 1,
      type: 'later',
      backoff: { type: 'fixed', delayMs: 300 },
    });
    const numbers = numbersFrom(2);
    const running = pool.run(worker, { numbers, how: 'throw', times: 1 });
    await until(() => pool.stats().delayed === 1);
    numbers.fill(0);
    expect((await running).body).toEqual({ first: 2, isWhole: true, attempt: 2, tries: 2 });
  }));

test.each(LENGTHS)(
  'results keep their content while others come, and are written to (%i numbers)',
  (length) =>
    provePool({ processes: 1 }, async (pool) => {
      const kept: Float64Array[] = [];
      for (let first = 0; first < 6; first += 1) {
        const body = (await echoed(pool, numbersFrom(first, length))) as Float64Array;
        body[1] = -first;
        kept.push(body);
        // Of these none is kept: their memory is used again.
        for (let time = 0; time < 3; time += 1) await echoed(pool, numbersFrom(100 + time, length));
        collectGarbage();
      }
      kept.forEach((body, first) => {
        expect(body[1]).toBe(-first);
        body[1] = first + 1;
        expect(isFrom(first, body, length)).toBe(true);
      });
    }),
);

test.each(LENGTHS)(
  'what the caller writes into a result, the process that keeps it does not see (%i numbers)',
  (length) =>
    provePool({ processes: 1 }, async (pool) => {
      const worker = new Remember();
      for (let first = 0; first < 5; first += 1) {
        const numbers = numbersFrom(first, length);
        const { body } = await pool.run(worker, numbers);
        expect(isFrom(Math.max(0, first - 1), body!, length)).toBe(true);
        body!.fill(-1);
        numbers.fill(-2);
        // Given back a second time, by a job whose own argument is small.
        const again = (await pool.run(worker, numbersFrom(100, 10))).body!;
        expect(isFrom(first, again, length)).toBe(true);
        again.fill(-3);
        expect(isFrom(100, (await pool.run(worker, numbersFrom(first, length))).body!, 10)).toBe(true);
      }
    }),
);

test.runIf(process.platform === 'linux')('a process that has nothing to do shows no argument any more', () =>
  provePool({ processes: 1 }, async (pool) => {
    const { body } = await pool.run(new Count(), numbersFrom(0));
    expect(body!.length).toBe(MANY);
    await until(() => largeMappings(body!.pid) === 0);
  }),
);

/** How often a process has left its processor by itself. */
function sleepsOf(pid: number): number {
  const [, count] = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))!;
  return Number(count);
}

test.runIf(process.platform === 'linux')(
  'a process that was given a large value sleeps for good, so that others have its processor',
  () =>
    provePool({ processes: 1 }, async (pool) => {
      let sleeps = 0;
      for (let time = 0; time < 10; time += 1) {
        const { pid } = (await pool.run(new Count(), numbersFrom(0, 65_536))).body!;
        const before = sleepsOf(pid);
        // The parent does not sleep meanwhile: after a small value, the process would look out for the next.
        for (const until = performance.now() + 10; performance.now() < until; );
        sleeps += sleepsOf(pid) - before;
      }
      expect(sleeps).toBeLessThan(100);
    }),
);

test('values of many sizes in turn keep their content', () =>
  provePool({ processes: 2 }, async (pool) => {
    const lengths = [9, 3 * MIB, 33_000, MIB / 4, 4 * MIB, 150_000, 9 * MIB, MIB, 20, 262_144, 4 * MIB + 1];
    const kept: { first: number; length: number; body: Float64Array }[] = [];
    for (let round = 0; round < 3; round += 1) {
      const numbers = lengths.map((length, at) => numbersFrom(round * 100 + at, length));
      const responses = await pool.map(new Echo(), numbers);
      responses.forEach(({ body }, at) => {
        kept.push({ first: round * 100 + at, length: lengths[at]!, body: body as Float64Array });
      });
      for (const array of numbers) array.fill(0);
    }
    for (const { first, length, body } of kept) expect(isFrom(first, body, length)).toBe(true);
  }));

test('a large result outlives its process and its pool', async () => {
  const pool = new ProcessPool({ processes: 1, maxJobsPerProcess: 1 });
  const first = (await pool.run(new Leave(), 21)).body!;
  await until(() => !lives(first.pid));
  const second = (await pool.run(new Leave(), 22)).body!;
  await pool.close();
  await pool.destroy();
  collectGarbage();
  expect([first.numbers[0], first.numbers.at(-1)]).toEqual([21, 7]);
  expect([second.numbers[0], second.numbers.at(-1)]).toEqual([22, 7]);
  first.numbers.fill(1);
  expect(second.numbers.length).toBeGreaterThan(1);
  expect(second.numbers.every((value, at) => value === (at === 0 ? 22 : 7))).toBe(true);
});

test('the memory of a large result can be transferred, and stays what it was', () =>
  provePool({ processes: 1 }, async (pool) => {
    const moved: ArrayBuffer[] = [];
    for (const move of [byClone, byMessage, byStream]) {
      const body = (await echoed(pool, numbersFrom(moved.length))) as Float64Array;
      moved.push(await move(body.buffer as ArrayBuffer));
      expect(body.byteLength).toBe(0);
      // Its former owner goes, and further results want memory.
      for (let time = 0; time < 3; time += 1) {
        collectGarbage();
        await echoed(pool, numbersFrom(100 + time));
      }
    }
    moved.forEach((memory, first) => {
      expect(isFrom(first, new Float64Array(memory))).toBe(true);
    });
  }));

function byClone(memory: ArrayBuffer): ArrayBuffer {
  return structuredClone(memory, { transfer: [memory] });
}

function byMessage(memory: ArrayBuffer): ArrayBuffer {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(memory, [memory]);
  const { message } = receiveMessageOnPort(port2) as { message: ArrayBuffer };
  port1.close();
  return message;
}

async function byStream(memory: ArrayBuffer): Promise<ArrayBuffer> {
  const stream = new ReadableStream({
    type: 'bytes',
    start: (controller) => controller.enqueue(new Uint8Array(memory)),
  });
  const { value } = await stream.getReader().read();
  return (value as Uint8Array).buffer as ArrayBuffer;
}

test('many large jobs take no more memory than a few, and give it back', () =>
  provePool({ processes: 1 }, async (pool) => {
    const before = largeMappings();
    const { pid } = (await pool.run(new Leave(), 0)).body!;
    const most = await mostMappings(pool, pid, 60);
    // Kept for use again, and shown by values that wait for the garbage collector.
    expect(most).toBeLessThan(20);
    await until(() => {
      collectGarbage();
      return largeMappings() <= before;
    });
  }));

async function mostMappings(pool: ProcessPool, pid: number, jobs: number): Promise<number> {
  const numbers = numbersFrom(1);
  let most = 0;
  for (let time = 0; time < jobs; time += 1) {
    const body = (await echoed(pool, numbers)) as Float64Array;
    if (body[time] !== time + 1) throw new Error(`element ${time} is ${body[time]}`);
    most = Math.max(most, largeMappings(), largeMappings(pid));
  }
  return most;
}

test.for([
  ['small, large values are copied out of it', 96, 1],
  ['soon full, large values are shown as long as there is room', 400, expect.any(Number)],
] as const)('where shared memory is %s (%i MiB)', ([_, size, inSharedMemory], context) => {
  const mount = `mount -t tmpfs -o size=${size}m tmpfs /dev/shm && exec "$@"`;
  const wrapped = (...command: string[]) => ['-m', 'sh', '-c', mount, 'sh', ...command];
  const probe = spawnSync('unshare', wrapped('true'));
  if (probe.status !== 0) {
    const reason = 'a mount namespace cannot be made here; run it as root';
    console.warn(`skipped: ${reason}`);
    context.skip(reason);
  }
  const program = fileURLToPath(new URL('./small-memory.mjs', import.meta.url));
  const told = execFileSync('unshare', wrapped(process.execPath, program), {
    encoding: 'utf8',
  });
  expect(JSON.parse(told)).toEqual({ problem: '', right: 6, inSharedMemory });
});
