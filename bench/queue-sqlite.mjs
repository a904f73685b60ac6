// The queue of the template `sqlite` against the same commands issued by hand through its client.
import { measureQueue } from './queues/measure-queue.mjs';

export function run(options) {
  return measureQueue('sqlite', options);
}
