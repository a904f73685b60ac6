import type { CodeNode } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import { functionOf, reach, unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

export const listenerInConstructor: Rule = {
  id: 'listener-in-constructor',
  severity: 'error',
  clause: 'Listeners of every job are bound by `static listeners`; `addListener` is for one instance.',
  fixable: false,
  *check({ project }) {
    for (const worker of project.allWorkers) {
      for (const call of callsWhileMaking(worker)) {
        yield {
          text: 'listener-in-constructor.added',
          values: { name: worker.name ?? 'the class' },
          at: call,
        };
      }
    }
  },
};

/** What runs while the worker is made: its constructor, its initializers, and the methods these call. */
function callsWhileMaking(worker: ClassModel): CodeNode[] {
  const calls = new Set<CodeNode>();
  for (const part of reach(making(worker), (declaration) => declaration.file === worker.file)) {
    part.walk((node) => {
      const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
      if (callee?.kind !== 'PropertyAccessExpression' || callee.name !== 'addListener') return;
      if (callee.get('name')?.symbol?.origin !== 'runtime') return;
      const object = unwrap(callee.get('expression'));
      if (isThis(object)) calls.add(node);
    });
  }
  return [...calls];
}

function isThis(object: CodeNode | undefined): boolean {
  if (object?.kind !== 'Identifier') return object?.kind === 'ThisKeyword';
  return unwrap(object.symbol?.declarations[0]?.get('initializer'))?.kind === 'ThisKeyword';
}

function making(worker: ClassModel): CodeNode[] {
  return worker.node.list('members').flatMap((member) => {
    if (member.kind === 'Constructor' && member.get('body')) return [member];
    const value =
      member.kind === 'PropertyDeclaration' && !member.has('static') ? member.get('initializer') : undefined;
    return value && !functionOf(member) ? [value] : [];
  });
}
