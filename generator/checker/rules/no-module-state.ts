import type { CodeNode } from '../adapter/index.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { contains, functionOf, reach } from '../model/functions.js';
import { findMutations } from '../model/mutations.js';
import { flowOf, type Root, rootsOf } from '../model/value-flow.js';
import type { Rule } from '../rule.js';

export const noModuleState: Rule = {
  id: 'no-module-state',
  severity: 'error',
  clause: 'What jobs share travels with them: a variable of the module is another one in every process.',
  fixable: false,
  *check({ module }) {
    const seen = new Set<CodeNode>();
    for (const worker of module.allWorkers.filter((model) => !model.file.isTest)) {
      for (const { target, variable } of changesOf(worker)) {
        if (seen.has(target)) continue;
        seen.add(target);
        const values = { name: worker.name ?? 'the class', variable };
        yield { text: 'no-module-state.changed', values, at: target };
      }
    }
  },
};

export interface Change {
  readonly target: CodeNode;
  readonly variable: string;
}

function changesOf(worker: ClassModel): Change[] {
  const member = ownMember(worker.node, 'process');
  const start = member && functionOf(member);
  return start ? changesFrom(start) : [];
}

/** What a function, and what it calls in the project, changes of what outlives it. */
export function changesFrom(start: CodeNode): Change[] {
  const isOwn = ({ file }: CodeNode) => file.isOwn && !file.isTest;
  const parts = reach([start], isOwn);
  // What a constant is made of has run when the module was loaded.
  const run = reach([start], isOwn, { constants: false });
  const isRun = (node: CodeNode | undefined) =>
    node !== undefined && run.some((part) => contains(part, node));
  const flow = flowOf(parts);
  return parts
    .flatMap((part) => findMutations(part, { fills: false }))
    .flatMap(({ target }) => {
      if (/^\(*this\.constructor\b/.test(target.text)) return [{ target, variable: target.text }];
      const shared = rootsOf(target, flow).find(
        (root) =>
          isShared(root, target) || (root.kind === 'local' && isRun(target) && !isRun(root.declaration)),
      );
      return shared ? [{ target, variable: shared.node.text }] : [];
    });
}

/** A local name that is set anew is no change of what it named before. */
function isShared({ kind, node, declaration }: Root, target: CodeNode): boolean {
  if (kind === 'class') return node !== target;
  if (kind !== 'variable') return false;
  if (node === target || node.text === 'globalThis') return true;
  return (
    target.kind !== 'Identifier' || isChangedInPlace(target) || declaration === target.symbol?.declarations[0]
  );
}

/** By a call, and not by an assignment to the name. */
function isChangedInPlace(target: CodeNode): boolean {
  const { parent } = target;
  return (
    parent !== undefined &&
    /^(PropertyAccessExpression|ElementAccessExpression|CallExpression)$/.test(parent.kind)
  );
}
