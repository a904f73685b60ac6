import { type Settling, settlingMethods } from '../model/outcomes.js';
import type { Rule } from '../rule.js';

export const queueFenced: Rule = {
  id: 'queue-fenced',
  severity: 'error',
  clause: '`ack`, `nack`, `extend`, and `settle` of an engine, act on the delivery that the token names.',
  fixable: false,
  *check({ code, module }) {
    for (const queue of module.queues) {
      for (const method of settlingMethods(code, queue)) {
        if (method.delegates || !settles(method) || (method.usesToken && !method.unfencedSql)) continue;
        yield {
          text: 'queue-fenced.unfenced',
          values: { name: queue.name ?? 'the class', method: method.name },
          at: method.unfencedSql ?? method.at,
        };
      }
    }
  },
};

/** A method that only throws, or says at once that all is lost, settles nothing. */
function settles({ ok, lost, answers, usesEngine }: Settling): boolean {
  return answers && (ok !== undefined || !lost || usesEngine);
}
