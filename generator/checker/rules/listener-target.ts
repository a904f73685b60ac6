import type { CodeFile, CodeNode, CodeType } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { addTypeImports } from '../fix/imports.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { unwrap } from '../model/functions.js';
import { identityOf } from '../model/identity.js';
import { boundExpressions, heardWorker, type ListenerMap } from '../model/listeners.js';
import type { Rule, RuleContext } from '../rule.js';

export const listenerTarget: Rule = {
  id: 'listener-target',
  severity: 'error',
  clause: 'Listeners belong to a worker that exists, and agree with its type.',
  fixable: true,
  *check(context) {
    for (const worker of context.module.allWorkers) yield* mismatches(worker);
    for (const map of context.module.listeners) {
      const finding = unbound(context, map) ?? untyped(context, map);
      if (finding) yield finding;
    }
  },
};

function* mismatches(worker: ClassModel): Iterable<RuleFinding> {
  const member = ownMember(worker.node, 'listeners', 'static');
  for (const element of member ? boundExpressions(member) : []) {
    const { type } = element.kind === 'SpreadElement' ? (element.get('expression') ?? element) : element;
    const maps = type.shape === 'array' || type.shape === 'tuple' ? type.elements : [type];
    const wanted = maps.map((map) => heardWorker(map)).find((heard) => heard && !agrees(worker, heard));
    if (!wanted) continue;
    const values = { map: element.text, wanted: wanted.text, name: worker.name ?? 'the class' };
    yield { text: 'listener-target.mismatch', values, at: element };
  }
}

function agrees({ type }: ClassModel, wanted: CodeType): boolean {
  if (type.isAssignableTo(wanted)) return true;
  return type.lineage.some((base) => base.symbol !== undefined && base.symbol.key === wanted.symbol?.key);
}

/** Only maps of listener files have to be bound: others may be made and used in one place. */
function unbound({ module, whole }: RuleContext, map: ListenerMap): RuleFinding | undefined {
  if (!isListenerFile(map)) return undefined;
  const identity = identityOf(map.symbol);
  const isUsed = identity !== undefined && whole.usersOf(identity).some((path) => path !== map.file.path);
  if (isUsed || usedByOtherMap(module.listeners, map)) return undefined;
  return {
    text: 'listener-target.unbound',
    values: { map: map.name },
    at: map.declaration.get('name') ?? map.declaration,
  };
}

/** A map of the same file may be spread into one that is bound. */
function usedByOtherMap(maps: readonly ListenerMap[], map: ListenerMap): boolean {
  return maps.some((other) => {
    if (other === map || other.file !== map.file) return false;
    let used = false;
    (other.literal ?? other.declaration).walk((node) => {
      if (node.kind === 'Identifier' && node.symbol !== undefined && node.symbol.key === map.symbol?.key)
        used = true;
    });
    return used;
  });
}

function isListenerFile(map: ListenerMap): boolean {
  return /\.listeners?\.[cm]?ts$/.test(map.file.path);
}

/** A map of a listener file whose type nobody gave: a wrong event, or another worker, would pass. */
function untyped({ code, whole }: RuleContext, map: ListenerMap): RuleFinding | undefined {
  const name = map.declaration.get('name');
  if (
    map.file.isJavaScript ||
    !map.literal ||
    !name ||
    map.declaration.get('type') ||
    map.declaration.get('initializer') !== map.literal
  )
    return undefined;
  if (!isListenerFile(map) && !map.literal.list('properties').some(hasUntypedParameter)) return undefined;
  const identity = identityOf(map.symbol);
  const binders = identity === undefined ? [] : whole.bindersOf(identity);
  const [binder] = binders.length === 1 ? binders : [];
  const file = binder && code.file(binder.path);
  const values = { map: map.name, worker: binder?.worker ?? 'TheWorker' };
  const fix = binder && file && annotate(map, name, binder.worker, file);
  return { text: 'listener-target.untyped', values, at: name, fix };
}

function hasUntypedParameter(property: CodeNode): boolean {
  const fn = property.kind === 'MethodDeclaration' ? property : unwrap(property.get('initializer'));
  return fn?.list('parameters').some((parameter) => !parameter.get('type')) ?? false;
}

function annotate(map: ListenerMap, name: CodeNode, worker: string, file: CodeFile) {
  const imports = addTypeImports(map.file, [
    { name: 'Listeners', from: 'mproc-worker' },
    { name: worker, from: file },
  ]);
  return [{ file: map.file, start: name.end, end: name.end, text: `: Listeners<${worker}>` }, ...imports];
}
