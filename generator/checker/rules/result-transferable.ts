import { processTypes, resultBodies } from '../model/process-types.js';
import { findObstacle, type Obstacle } from '../model/transferable.js';
import type { Rule } from '../rule.js';

export const resultTransferable: Rule = {
  id: 'result-transferable',
  severity: 'error',
  clause: 'A result crosses back to the caller as data.',
  fixable: false,
  *check({ module }) {
    for (const worker of module.allWorkers) {
      const { result } = processTypes(worker);
      if (!result) continue;
      let obstacle: Obstacle | undefined;
      for (const body of resultBodies(result.type)) obstacle ??= findObstacle(body, 'result');
      if (!obstacle) continue;
      const values = { name: worker.name ?? 'the class', ...obstacle };
      yield { text: 'result-transferable.obstacle', values, at: result.at };
    }
  },
};
