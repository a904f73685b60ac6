// Tiny jobs there and back over the queue of the template `nats`, against what the adapter does alone.
import { measureHosts } from './queues/measure-hosts.mjs';

export function run(options) {
  return measureHosts('nats', options, undefined, 1_000);
}
