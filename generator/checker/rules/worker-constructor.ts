import type { CodeNode } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import type { Rule } from '../rule.js';

export const workerConstructor: Rule = {
  id: 'worker-constructor',
  severity: 'error',
  clause: 'A process makes the worker itself, so its constructor takes no required argument.',
  fixable: false,
  *check({ project }) {
    for (const worker of project.workers) {
      const parameter = requiredParameter(worker);
      if (!parameter) continue;
      const at = parameter.file === worker.file && isWithin(parameter, worker.node) ? parameter : worker.at;
      const values = {
        name: worker.name ?? 'the class',
        parameter: parameter.get('name')?.text ?? 'an argument',
      };
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
  return !parameter.get('questionToken') && !parameter.get('initializer') && !parameter.get('dotDotDotToken');
}

function isWithin(node: CodeNode, outer: CodeNode): boolean {
  return node.start >= outer.start && node.end <= outer.end;
}
