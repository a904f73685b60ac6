import { existsSync } from 'node:fs';
import { inspect } from 'node:util';
import { defineCommand } from 'citty';
import type { QueueFactory } from '../contracts/queue.js';
import { poolRunning } from '../inspect/child-processes.js';
import { requestCancel } from '../inspect/debugger/cancel.js';
import { PoolWatch } from '../inspect/pool-report.js';
import { loadQueueModule, queueModulePath } from '../inspect/queues/queue-module.js';
import { sourcesNear, workerNamesIn } from '../inspect/queues/worker-names.js';
import { ProcessPool } from '../pool/process-pool.js';
import { sharedMemoryQueue } from '../queues/shared-memory/shared-memory-queue.js';
import { millisecondsOf } from './milliseconds-of.js';
import { QUEUE_ARGS, queueChoice } from './queue-args.js';

const { queues, 'lease-ms': leaseMs, json } = QUEUE_ARGS;
const ARGS = { queues, 'lease-ms': leaseMs, json } as const;
const CLASS = {
  type: 'positional',
  description: 'Name of the worker class',
  valueHint: 'Invoice',
  required: true,
} as const;

export const pauseCommand = defineCommand({
  meta: { name: 'pause', description: 'Let no host begin a further job of a class, until it is resumed.' },
  args: { class: CLASS, ...ARGS },
  async run({ args, rawArgs }) {
    await inPools(args, rawArgs, (pool) => pool.pause(args.class));
    for (const module of queueChoice({ 'max-attempts': '3', ...args }, rawArgs).modules)
      warnOfUnknown(args.class, module);
    await showPaused(args, rawArgs);
  },
});

/** The class may be of another project that shares the queues: it is paused all the same. */
function warnOfUnknown(name: string, module: string): void {
  const sources = sourcesNear(queueModulePath(module));
  const known = existsSync(sources) ? namesIn(sources) : [];
  if (known.length === 0 || known.includes(name)) return;
  process.stderr.write(
    `mproc pause: no worker in ${sources} is called ${name}, only ${known.join(', ')}; if that is a mistake: mproc resume ${name}\n`,
  );
}

/** None where there are too many files to look through. */
function namesIn(sources: string): string[] {
  try {
    return workerNamesIn(sources);
  } catch {
    return [];
  }
}

export const resumeCommand = defineCommand({
  meta: { name: 'resume', description: 'Let hosts begin jobs of a class again.' },
  args: { class: CLASS, ...ARGS },
  async run({ args, rawArgs }) {
    await inPools(args, rawArgs, (pool) => pool.resume(args.class));
    await showPaused(args, rawArgs);
  },
});

export const drainCommand = defineCommand({
  meta: { name: 'drain', description: 'Have hosts take no further job, and finish what runs.' },
  args: {
    host: {
      type: 'positional',
      description: 'A machine, or one process of it',
      valueHint: 'web-3:4711',
      required: true,
    },
    ...ARGS,
  },
  async run({ args, rawArgs }) {
    const hosts = (await inPools(args, rawArgs, (pool) => pool.drain(args.host))).flat();
    if (args.json) process.stdout.write(`${JSON.stringify({ hosts })}\n`);
    else
      process.stdout.write(
        hosts.length === 0 ? 'no host of that name has answered\n' : `${hosts.join('\n')}\n`,
      );
    if (hosts.length === 0) process.exitCode = 1;
  },
});

export const cancelCommand = defineCommand({
  meta: {
    name: 'cancel',
    description: 'Stop a job, waiting or running: of a pool on this machine, or of hosts.',
  },
  args: { job: { type: 'positional', description: 'Id of the job', required: true }, ...ARGS },
  async run({ args, rawArgs }) {
    const isCanceled =
      (await cancelHere(args.job)) ||
      (await inPools(args, rawArgs, async (pool) => pool.cancel(args.job))).includes(true);
    if (args.json) process.stdout.write(`${JSON.stringify({ canceled: isCanceled })}\n`);
    else process.stdout.write(isCanceled ? 'canceled\n' : 'no such job waits or runs\n');
    if (!isCanceled) process.exitCode = 1;
  },
});

/** A pool on this machine runs the job. */
async function cancelHere(jobId: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const pool = poolRunning(new PoolWatch().look({ withMemory: false }), jobId);
  if (pool === undefined) return false;
  await requestCancel(pool.processes, jobId);
  return true;
}

export const broadcastCommand = defineCommand({
  meta: {
    name: 'broadcast',
    description: 'Send a message to a class in all processes of the hosts that serve it.',
  },
  args: {
    class: CLASS,
    message: {
      type: 'positional',
      description: 'The message, as JSON',
      valueHint: '\'{"reload":true}\'',
      required: true,
    },
    timeout: {
      type: 'string',
      description: 'How long a process has to answer',
      default: '10s',
      valueHint: '10s',
    },
    ...ARGS,
  },
  async run({ args, rawArgs }) {
    const message = parsedMessage(args.message);
    const timeoutMs = millisecondsOf('--timeout', args.timeout);
    const answers = (
      await inPools(args, rawArgs, (pool) =>
        pool.broadcast(args.class, message, { everywhere: true, timeoutMs }),
      )
    ).flat();
    const said = answers.map(({ host, pid, ...answer }) => ({ host, pid, ...saidBy(answer) }));
    if (args.json) process.stdout.write(`${JSON.stringify({ answers: said })}\n`);
    else for (const { host, pid, text } of said) process.stdout.write(`${host} process ${pid}: ${text}\n`);
    if (!args.json && said.length === 0)
      process.stdout.write('no host has answered: none serves this class, or it has no onMessage\n');
    if (said.length === 0 || answers.some(({ status }) => status === 'rejected')) process.exitCode = 1;
  },
});

/** @throws Error in one line */
function parsedMessage(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the message is no JSON: ${(error as Error).message}`);
  }
}

function saidBy(answer: PromiseSettledResult<unknown>) {
  const { status } = answer;
  if (answer.status === 'fulfilled')
    return { status, text: inspect(answer.value, { breakLength: Infinity }) };
  const { code, message } = answer.reason as { code?: string; message: string };
  return { status, text: code === undefined ? message : `${code}: ${message}` };
}

type Given = Parameters<typeof queueChoice>[0] & { readonly json?: boolean | undefined };

async function showPaused(args: Given, rawArgs: readonly string[]): Promise<void> {
  const paused = (await inPools(args, rawArgs, (pool) => pool.paused())).flat();
  if (args.json) process.stdout.write(`${JSON.stringify({ paused })}\n`);
  else process.stdout.write(`paused: ${paused.join(', ') || 'none'}\n`);
}

/** A pool over each module's queues, which only asks. @throws Error in one line */
async function inPools<R>(
  args: Given,
  rawArgs: readonly string[],
  use: (pool: ProcessPool) => Promise<R>,
): Promise<R[]> {
  const { modules, leaseMs } = queueChoice({ 'max-attempts': '3', ...args }, rawArgs);
  const loaded = await Promise.all(modules.map(loadQueueModule));
  const factories: QueueFactory[] =
    modules.length === 0 ? [sharedMemoryQueue()] : loaded.flatMap((module) => module.factories);
  const results: R[] = [];
  for (const queues of factories) {
    const pool = new ProcessPool({ processes: 0, queues, leaseMs });
    results.push(await use(pool).finally(() => pool.close()));
  }
  return results;
}
