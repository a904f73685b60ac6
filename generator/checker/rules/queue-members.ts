import type { Code, CodeNode, CodeType, TypeProperty } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { addTypeImports } from '../fix/imports.js';
import { memberAtEnd } from '../fix/insert.js';
import { stubOf } from '../fix/queue-stubs.js';
import { type ClassModel, heritage } from '../model/classes.js';
import { isEngine, queueType } from '../model/queues.js';
import type { Rule } from '../rule.js';

export const queueMembers: Rule = {
  id: 'queue-members',
  severity: 'error',
  clause: 'A queue has every member of `Queue`, and an engine of `Engine`, each with its signature.',
  fixable: true,
  *check({ code, module }) {
    const declaration = code.runtime('Queue')?.declarations[0];
    if (!declaration) return;
    const bare = code.declaredType(declaration);
    for (const queue of module.queues) {
      const declared = queueType(code, queue);
      const contract = declared?.type ?? bare;
      const missing = queue.abstract
        ? []
        : contract.properties.filter((member) => !member.optional && !queue.type.property(member.name));
      if (missing.length > 0) yield missingMembers(code, queue, declared, missing);
      const own = heritage(queue.node, 'implements').find((type) => type === declared);
      if (own) yield* wrongTypes(queue, contract);
      else if (!declared) yield* wrongShapes(queue, contract);
    }
  },
};

function missingMembers(
  code: Code,
  queue: ClassModel,
  declared: CodeNode | undefined,
  missing: readonly TypeProperty[],
): RuleFinding {
  const values = {
    name: queue.name ?? 'the class',
    members: missing.map((member) => shown(member.name)).join(', '),
  };
  const own = heritage(queue.node, 'implements').find((type) => type === declared);
  return {
    text: 'queue-members.missing',
    values,
    at: queue.at,
    fix: own && !isEngine(code, queue) ? addMembers(code, queue, own, missing) : undefined,
  };
}

function addMembers(
  code: Code,
  queue: ClassModel,
  contract: CodeNode,
  missing: readonly TypeProperty[],
): Edit[] | undefined {
  const value = contract.list('typeArguments')[0]?.text ?? 'unknown';
  const stubs = missing.map((member) => stubOf(shown(member.name), contract.text, value));
  if (stubs.some((stub) => stub === undefined)) return undefined;
  const texts = stubs.filter((stub) => stub !== undefined);
  const added = memberAtEnd(queue.node, texts);
  if (!added) return undefined;
  const unsupported = texts.some((text) => text.includes('UnsupportedError'));
  const known = code.runtime('UnsupportedError');
  const imports =
    unsupported && known
      ? addTypeImports(queue.file, [{ name: 'UnsupportedError', from: 'mproc-worker', value: true }])
      : [];
  return [...added, ...imports];
}

function* wrongTypes(queue: ClassModel, contract: CodeType): Iterable<RuleFinding> {
  for (const member of contract.properties) {
    const own = queue.type.property(member.name);
    if (!own || own.type.isAssignableTo(member.type)) continue;
    const place = own.declarations.find((declaration) => declaration.file === queue.file);
    const values = {
      name: queue.name ?? 'the class',
      member: shown(member.name),
      found: own.type.text,
      wanted: member.type.text,
    };
    yield { text: 'queue-members.type', values, at: place?.get('name') ?? queue.at };
  }
}

/** What says nothing of the values in the queue, and so is the same for all of them. */
const ANSWERS = ['put', 'ack', 'nack', 'extend', 'size', 'counts', 'clear', 'close', 'destroy'];
const LISTS = ['reserve', 'getAll'];

/** A class that does not say `implements Queue<T>` is held to what does not depend on `T`. */
function* wrongShapes(queue: ClassModel, contract: CodeType): Iterable<RuleFinding> {
  for (const member of contract.properties) {
    const own = queue.type.property(member.name);
    if (!own || fits(own.type, member)) continue;
    const place = own.declarations.find((declaration) => declaration.file === queue.file);
    const values = {
      name: queue.name ?? 'the class',
      member: shown(member.name),
      found: own.type.text,
      wanted: member.type.text,
    };
    yield { text: 'queue-members.type', values, at: place?.get('name') ?? queue.at };
  }
}

function fits(own: CodeType, member: TypeProperty): boolean {
  const { name, type } = member;
  if (/^(name|supports)$/.test(name)) return own.isAssignableTo(type);
  if (name === 'dead') return type.properties.every((each) => own.property(each.name) !== undefined);
  const call = own.calls[0];
  const wanted = type.calls[0]?.returns;
  if (name.startsWith('__@') || !wanted) return true;
  if (!call) return false;
  if (ANSWERS.includes(name) && !call.returns.isAssignableTo(wanted)) return false;
  if (LISTS.includes(name) && !/^(array|tuple|any|never|unknown)$/.test(call.returns.awaited.shape))
    return false;
  if (/^(pop|at)$/.test(name) && isNullForNothing(call.returns.awaited)) return false;
  return name !== 'put' || takesMany(call.parameters[0]?.type);
}

/** Nothing there is `undefined`: `null` may be a value of the queue. */
function isNullForNothing({ shape, parts }: CodeType): boolean {
  const says = (word: string) => parts.some((part) => part.shape === 'nothing' && part.text === word);
  return shape === 'union' && says('null') && !says('undefined');
}

/** `put` takes a value or several. */
function takesMany(type: CodeType | undefined): boolean {
  if (!type) return true;
  const parts = type.shape === 'union' ? type.parts : [type];
  return parts.some((part) => /^(array|tuple|any|unknown)$/.test(part.shape));
}

/** `__@asyncDispose@12` is how a well-known symbol is kept. */
function shown(name: string): string {
  const symbol = /^__@(\w+)@/.exec(name);
  return symbol ? `[Symbol.${symbol[1]}]` : name;
}
