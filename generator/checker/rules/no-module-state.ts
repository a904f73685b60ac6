import type { CodeNode } from '../adapter/index.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { functionOf, reach } from '../model/functions.js';
import { findMutations, type Mutation, moduleVariable } from '../model/mutations.js';
import type { Rule } from '../rule.js';

export const noModuleState: Rule = {
  id: 'no-module-state',
  severity: 'error',
  clause: 'What jobs share travels with them: a variable of the module is another one in every process.',
  fixable: false,
  *check({ project }) {
    const seen = new Set<CodeNode>();
    for (const worker of project.allWorkers.filter((model) => !model.file.isTest)) {
      for (const { root, target } of changesOf(worker)) {
        if (seen.has(target)) continue;
        seen.add(target);
        const values = {
          name: worker.name ?? 'the class',
          variable: root.kind === 'ThisKeyword' ? target.text : root.text,
        };
        yield { text: 'no-module-state.changed', values, at: target };
      }
    }
  },
};

function changesOf(worker: ClassModel): Mutation[] {
  const member = ownMember(worker.node, 'process');
  const start = member && functionOf(member);
  if (!start) return [];
  return reach([start], (declaration) => declaration.file === worker.file)
    .flatMap((fn) => findMutations(fn, { fills: false }))
    .filter(({ root, target }) => isShared(root, target));
}

function isShared(root: CodeNode, target: CodeNode): boolean {
  if (root.text === 'globalThis' || /^\(*this\.constructor\b/.test(target.text)) return true;
  const declaration = moduleVariable(root);
  return declaration !== undefined && (declaration.kind !== 'ClassDeclaration' || root !== target);
}
