import { processTypes } from '../model/process-types.js';
import { findObstacle } from '../model/transferable.js';
import type { Rule } from '../rule.js';

export const argsTransferable: Rule = {
  id: 'args-transferable',
  severity: 'error',
  clause: 'Arguments cross to another process as data.',
  fixable: false,
  *check({ module }) {
    for (const worker of module.allWorkers) {
      const { args } = processTypes(worker);
      const obstacle = args && findObstacle(args.type, 'args');
      if (!obstacle) continue;
      yield {
        text: 'args-transferable.obstacle',
        values: { name: worker.name ?? 'the class', ...obstacle },
        at: args.at,
      };
    }
  },
};
