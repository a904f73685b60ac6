// What programs write with this package, and what must not compile. Each compiler of `public-types.test.ts` looks at it,
// against the declarations that are published; nobody runs it.
import {
  type Attempt,
  defineWorker,
  type FailureResponse,
  JobEvent,
  JobResponse,
  type Lease,
  type Listeners,
  MprocError,
  moduleWorker,
  type PoolStats,
  ProcessPool,
  type Queue,
  type QueueFactory,
  type Response,
  RetryStrategy,
  type RunningJob,
  SharedArray,
  SharedMemoryQueue,
  type Strategy,
  Worker,
} from 'mproc-worker';
import { describeQueue } from 'mproc-worker/testing';

/** Compiles where both are one type, and neither is `any`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function is<A, B>(same: Same<A, B>): void;
declare const pool: ProcessPool;

export class Resize extends Worker<{ path: string }, Buffer> {
  static override readonly module = import.meta.url;
  static override readonly listeners: Listeners<Resize> = {
    [JobEvent.Success]: (worker) => is<typeof worker, Resize>(true),
  };
  static override onMessage(message: { quality: number }): number {
    return message.quality;
  }
  width = 100;

  protected override async process({ path }: { path: string }): Promise<Buffer> {
    is<AbortSignal, typeof this.signal>(true);
    this.progress(path.length);
    return Buffer.alloc(this.width);
  }
}

export class WrongResult extends Worker<string, number> {
  // @ts-expect-error: it promises a number
  protected override process(text: string): string {
    return text;
  }
}

export class WrongArgs extends Worker<string, number> {
  // @ts-expect-error: it is given a string
  protected override process(count: number): number {
    return count;
  }
}

// @ts-expect-error: it has no method `process`
export class NoProcess extends Worker<string, number> {}

export async function calls(): Promise<void> {
  const resize = new Resize();
  const running = pool.run(resize, { path: 'a' });
  is<typeof running, RunningJob<JobResponse<Buffer>>>(true);
  is<typeof running.jobId, string>(true);
  const response = await running;
  if (response.ok) is<typeof response.body, Buffer>(true);
  else is<typeof response.error.message, string>(true);
  is<typeof response.attempts, readonly Attempt[]>(true);
  is<Awaited<ReturnType<typeof pool.stats>>, PoolStats>(true);

  const responses = await pool.map(resize, [{ path: 'a' }]);
  is<typeof responses, JobResponse<Buffer>[]>(true);
  const bodies = await pool.map(resize, new Set([{ path: 'a' }]), { orThrow: true, timeoutMs: 5 });
  is<typeof bodies, Buffer[]>(true);
  const [kept] = await pool.map(resize, [{ path: 'a' }], { keepInputs: true });
  if (kept !== undefined) is<typeof kept.input, { path: string }>(true);
  for await (const one of pool.imap(resize, lines())) is<typeof one, JobResponse<Buffer>>(true);
  const told = await pool.broadcast(Resize, { quality: 1 });
  for (const answer of told) if (answer.status === 'fulfilled') is<typeof answer.value, number>(true);

  // @ts-expect-error: it takes a path
  await pool.run(resize, { file: 'a' });
  // @ts-expect-error: it takes arguments
  await pool.run(resize);
  // @ts-expect-error: each is an object
  await pool.map(resize, ['a']);
  // @ts-expect-error: an input is a sequence
  await pool.map(resize, { path: 'a' });
  // @ts-expect-error: there is no such option
  await pool.map(resize, [], { timeout: 5 });
  // @ts-expect-error: it is milliseconds
  await pool.run(resize, { path: 'a' }, { timeoutMs: '5s' });
  // @ts-expect-error: it hears another message
  await pool.broadcast(Resize, 'quality');
  // @ts-expect-error: what is read is not written
  response.attempts.push();
  // @ts-expect-error: whether there is a body is not known yet
  (response as Response<Buffer>).body.length;
}

async function* lines(): AsyncGenerator<{ path: string }> {
  yield { path: 'a' };
}

export function options(): void {
  new ProcessPool(2);
  new ProcessPool({ processes: 2, timeoutMs: 1_000, logger: console });
  new ProcessPool({ processes: 'inline' });
  // @ts-expect-error: there is no such option
  new ProcessPool({ threads: 2 });
  // @ts-expect-error: it is no word but one
  new ProcessPool({ processes: 'many' });
  new RetryStrategy({ maxRetries: 2, type: 'later', backoff: { type: 'exponential', delayMs: 5 } });
  // @ts-expect-error: there are two types
  new RetryStrategy({ type: 'soon' });
}

export const twice: Strategy = {
  decide: ({ attempt }) => (attempt < 2 ? { action: 'later', delayMs: 5 } : { action: 'fail' }),
};
export const never: Strategy = {
  // @ts-expect-error: there is no such action
  decide: () => ({ action: 'perhaps' }),
};

export async function functions(): Promise<void> {
  const length = defineWorker(import.meta.url, (text: string) => text.length);
  const response = await pool.run(length, 'a');
  is<typeof response, JobResponse<number>>(true);
  const own = moduleWorker<(path: string) => Promise<Buffer>>('/x.js', 'x');
  const answer = await pool.run(own, 'a');
  is<typeof answer, JobResponse<Buffer>>(true);
  // @ts-expect-error: it takes a text
  await pool.run(length, 5);
  // @ts-expect-error: a bare function is no worker
  await pool.run((text: string) => text, 'a');
}

export async function queues(): Promise<void> {
  const queue: Queue<{ id: number }> = new SharedMemoryQueue<{ id: number }>(undefined);
  const leases = await queue.reserve(8, { waitMs: 5 });
  is<typeof leases, Lease<{ id: number }>[]>(true);
  await queue.ack(leases);
  const open: QueueFactory = (name, { leaseMs, maxAttempts }) =>
    SharedMemoryQueue.open(name, { leaseMs, maxAttempts });
  new ProcessPool({ queues: open });
  describeQueue('mine', open);
  // @ts-expect-error: it holds objects
  await queue.put('a');
  // @ts-expect-error: a lease is not its value
  await queue.ack([{ id: 1 }]);
}

export function memory(): void {
  const array = SharedArray.allocate('Float64Array', 8);
  const values: Float64Array = array.values;
  is<(typeof values)[number], number>(true);
  // @ts-expect-error: it is of another kind
  const bytes: Uint8Array = array.values;
  bytes.fill(0);
  // @ts-expect-error: there is no such array
  SharedArray.allocate('Float16', 8);
}

export function errors(error: unknown, failure: FailureResponse): never {
  if (error instanceof MprocError && error.code === 'ERR_POOL_CLOSED') throw error;
  if (failure.error.code === 'E_OF_THE_JOB') throw failure.error;
  // @ts-expect-error: there is no such code
  if (error instanceof MprocError && error.code === 'ERR_PERHAPS') throw error;
  throw JobResponse.failure(new Error('no')).error;
}
