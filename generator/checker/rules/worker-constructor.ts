import type { CodeNode } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import { contains } from '../model/functions.js';
import type { Rule } from '../rule.js';

export const workerConstructor: Rule = {
  id: 'worker-constructor',
  severity: 'error',
  clause: 'A process makes the worker itself, so its constructor takes no required argument.',
  fixable: false,
  *check({ module }) {
    for (const worker of module.workers) {
      const parameter = requiredParameter(worker);
      if (!parameter) continue;
      const values = {
        name: worker.name ?? 'the class',
        parameter: parameter.get('name')?.text ?? 'an argument',
      };
      const at = contains(worker.node, parameter) ? parameter : worker.at;
      yield { text: 'worker-constructor.required', values, at };
    }
  },
};

function requiredParameter(worker: ClassModel): CodeNode | undefined {
  for (const node of [worker.node, ...worker.bases]) {
    const maker = node.list('members').find((member) => member.kind === 'Constructor' && member.get('body'));
    if (maker) return maker.list('parameters').find(isRequired);
  }
  return undefined;
}

function isRequired(parameter: CodeNode): boolean {
  if (parameter.get('dotDotDotToken'))
    return parameter.type.shape === 'tuple' && parameter.type.requiredElements > 0;
  // In JavaScript, what is called without an argument has one that is undefined.
  return !parameter.get('questionToken') && !parameter.get('initializer');
}
