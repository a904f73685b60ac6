import type { Code, CodeNode } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import { findObstacle } from '../model/transferable.js';
import type { Rule } from '../rule.js';

export const stateTransferable: Rule = {
  id: 'state-transferable',
  severity: 'error',
  clause: "A worker's own fields travel with each job, so they hold data.",
  fixable: false,
  *check({ code, project }) {
    for (const worker of project.allWorkers.filter((model) => !model.file.isTest)) {
      for (const field of ownFields(code, worker)) {
        const obstacle = findObstacle(field.type, `this.${field.name}`);
        const values = { name: worker.name ?? 'the class', ...obstacle };
        if (obstacle) yield { text: 'state-transferable.obstacle', values, at: field.get('name') ?? field };
      }
    }
  },
};

/** The fields a worker adds: those of `Worker` itself are the runtime's business, `#private` ones stay behind. */
function ownFields(code: Code, worker: ClassModel): CodeNode[] {
  const members = worker.node.list('members');
  const maker = members.find((member) => member.kind === 'Constructor' && member.get('body'));
  const isField = (member: CodeNode) =>
    member.kind === 'PropertyDeclaration' &&
    !member.has('static') &&
    !member.has('declare') &&
    !member.has('accessor');
  const fields = [
    ...members.filter((member) => isField(member)),
    ...(maker?.list('parameters') ?? []).filter((parameter) => parameter.list('modifiers').length > 0),
  ];
  const base = code.runtime('Worker')?.declarations[0];
  const inherited = base && code.declaredType(base);
  return fields.filter((field) => {
    const name = field.get('name');
    return name?.kind !== 'PrivateIdentifier' && name !== undefined && !inherited?.property(name.text);
  });
}
