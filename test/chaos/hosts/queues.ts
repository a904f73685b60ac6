import type { QueueFactory } from 'mproc-worker';

const { benchQueue } = (await import(process.env.QUEUE_MODULE ?? '')) as {
  readonly benchQueue: QueueFactory;
};

/** Those of this run, which programs that run beside it do not see. */
export const queues: QueueFactory = (name, options) => benchQueue(`${process.env.SPACE}.${name}`, options);
