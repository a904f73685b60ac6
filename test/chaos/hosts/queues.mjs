const { benchQueue } = await import(process.env.QUEUE_MODULE);

/** Those of this run, which programs that run beside it do not see. */
export const queues = (name, options) => benchQueue(`${process.env.SPACE}.${name}`, options);
