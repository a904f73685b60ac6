import type { CodeNode } from '../adapter/index.js';
import { stateFields } from '../model/state-fields.js';
import { findObstacle } from '../model/transferable.js';
import type { Rule } from '../rule.js';

export const stateTransferable: Rule = {
  id: 'state-transferable',
  severity: 'error',
  clause: "A worker's own fields travel with each job, so they hold data.",
  fixable: false,
  *check({ code, module }) {
    const workers = module.allWorkers.filter((model) => !model.file.isTest);
    const judged = new Set(workers.map((worker) => worker.node));
    const seen = new Set<CodeNode>();
    for (const worker of workers) {
      for (const field of stateFields(code, worker, (owner) => judged.has(owner))) {
        const obstacle = findObstacle(field.type, `this.${field.name}`);
        if (!obstacle || (seen.has(field.at) && field.at !== worker.at)) continue;
        seen.add(field.at);
        const values = { name: worker.name ?? 'the class', ...obstacle };
        yield { text: 'state-transferable.obstacle', values, at: field.at };
      }
    }
  },
};
