import type { CodeNode } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import { functionOf, reach, unwrap } from '../model/functions.js';
import { type Flow, flowOf, rootsOf } from '../model/value-flow.js';
import type { Rule } from '../rule.js';

export const listenerInConstructor: Rule = {
  id: 'listener-in-constructor',
  severity: 'error',
  clause: 'Listeners of every job are bound by `static listeners`; `addListener` is for one instance.',
  fixable: false,
  *check({ module }) {
    for (const worker of module.allWorkers) {
      for (const call of callsWhileMaking(worker, (declaration) => declaration.file.isOwn)) {
        yield {
          text: 'listener-in-constructor.added',
          values: { name: worker.name ?? 'the class' },
          at: call,
        };
      }
    }
  },
};

/** What runs while the worker is made: its constructor, its initializers, and what these call. */
function callsWhileMaking(worker: ClassModel, within: (declaration: CodeNode) => boolean): CodeNode[] {
  const calls = new Set<CodeNode>();
  const parts = reach(making(worker), within);
  const flow = flowOf(parts);
  for (const part of parts) {
    part.walk((node) => {
      if (node.kind === 'CallExpression' && addsListener(node, flow)) calls.add(node);
    });
  }
  return [...calls];
}

function addsListener(call: CodeNode, flow: Flow): boolean {
  const callee = unwrap(call.get('expression'));
  if (!callee) return false;
  const isBorrowed = /^(call|apply)$/.test(callee.name ?? '') && callee.kind === 'PropertyAccessExpression';
  const method = isBorrowed ? unwrap(callee.get('expression')) : callee;
  if (!method || !isAddListener(method)) return false;
  const declared = method.kind === 'Identifier' ? method.symbol?.declarations[0] : undefined;
  const object = isBorrowed
    ? call.list('arguments')[0]
    : (boundMethod(declared)?.get('expression') ?? method.get('expression'));
  return rootsOf(object, flow).some(({ kind }) => kind === 'this' || kind === 'super');
}

function isAddListener(method: CodeNode): boolean {
  if (method.kind === 'Identifier') {
    const taken = method.symbol?.declarations[0];
    if (taken?.kind === 'VariableDeclaration') return boundMethod(taken) !== undefined;
    const name = (taken?.get('propertyName') ?? taken?.get('name'))?.text;
    return taken?.kind === 'BindingElement' && name === 'addListener' && isOfRuntime(taken.parent);
  }
  const given = method.get('argumentExpression')?.type.literal;
  if ((given ?? method.name) !== 'addListener') return false;
  return isOfRuntime(method.get('expression'));
}

/** The method of `const add = this.addListener.bind(this)`. */
function boundMethod(declared: CodeNode | undefined): CodeNode | undefined {
  const bind = declared?.kind === 'VariableDeclaration' ? unwrap(declared.get('initializer')) : undefined;
  const binder = bind?.kind === 'CallExpression' ? unwrap(bind.get('expression')) : undefined;
  const method = binder?.name === 'bind' ? unwrap(binder.get('expression')) : undefined;
  return method && method.kind !== 'Identifier' && isAddListener(method) ? method : undefined;
}

function isOfRuntime(object: CodeNode | undefined): boolean {
  const declarations = object?.type.property('addListener')?.declarations ?? [];
  return declarations.some((declaration) => declaration.symbol?.origin === 'runtime');
}

function making(worker: ClassModel): CodeNode[] {
  return worker.node.list('members').flatMap((member) => {
    if (member.kind === 'Constructor' && member.get('body')) return [member];
    const value =
      member.kind === 'PropertyDeclaration' && !member.has('static') ? member.get('initializer') : undefined;
    return value && !functionOf(member) ? [value] : [];
  });
}
