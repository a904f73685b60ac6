import { settlingMethods } from '../model/outcomes.js';
import type { Rule } from '../rule.js';

export const queueHonest: Rule = {
  id: 'queue-honest',
  severity: 'error',
  clause: "An outcome is `'lost'` when the lease was lost.",
  fixable: false,
  *check({ code, module }) {
    for (const queue of module.queues) {
      for (const { name: method, ok, lost, delegates } of settlingMethods(code, queue)) {
        if (!ok || lost || delegates) continue;
        yield { text: 'queue-honest.always', values: { name: queue.name ?? 'the class', method }, at: ok };
      }
    }
  },
};
