// The queue of the template `rabbitmq` against the same commands issued by hand through its client.
import { measureQueue } from './queues/measure-queue.mjs';

export function run(options) {
  return measureQueue('rabbitmq', options, 320);
}
