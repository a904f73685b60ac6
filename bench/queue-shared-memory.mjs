// The queue of the template `shared-memory` against the class of the runtime opened by hand, as there is no client beneath it.
import { measureQueue } from './queues/measure-queue.mjs';

export function run(options) {
  return measureQueue('shared-memory', options);
}
