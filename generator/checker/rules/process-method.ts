import type { CodeNode } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { type ClassModel, isClass, memberOf, ownMember } from '../model/classes.js';
import { unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

export const processMethod: Rule = {
  id: 'process-method',
  severity: 'error',
  clause: 'A worker does its work in a method `process(args)`.',
  fixable: true,
  *check({ module }) {
    const judged = new Set(module.allWorkers.map((worker) => worker.node));
    for (const worker of module.allWorkers) {
      const finding = judge(worker, (owner) => owner !== undefined && judged.has(owner));
      if (finding) yield finding;
    }
  },
};

function judge(
  worker: ClassModel,
  isJudged: (owner: CodeNode | undefined) => boolean,
): RuleFinding | undefined {
  const values = { name: worker.name ?? 'the class' };
  const own = ownMember(worker.node, 'process');
  const wrong = own && judgeMember(own, values);
  if (wrong) return wrong;
  const set = setToField(worker.node);
  if (set) return { text: 'process-method.field', values, at: set };
  if (own) return undefined;
  const misplaced = ownMember(worker.node, 'process', 'static') ?? hashed(worker.node);
  if (misplaced) return { text: 'process-method.misplaced', values, at: at(misplaced) };
  const mixedIn = fieldOfMixin(worker, isJudged);
  if (mixedIn) return { text: 'process-method.field', values, at: at(mixedIn) };
  if (worker.abstract || memberOf(worker, 'process')?.get('body') || inherits(worker)) return undefined;
  return { text: 'process-method.missing', values, at: worker.at };
}

/** `this.process = this.process.bind(this)` makes a field, as `Object.assign(this, { process })` does. */
function setToField(node: CodeNode): CodeNode | undefined {
  let found: CodeNode | undefined;
  node.walk((inner) => {
    if (inner !== node && isClass(inner)) return 'skip';
    if (/^(FunctionDeclaration|FunctionExpression)$/.test(inner.kind)) return 'skip';
    if (isSet(inner) || isAssigned(inner) || isDefined(inner)) found ??= inner;
    return undefined;
  });
  return found;
}

function isSet(node: CodeNode): boolean {
  const left =
    node.kind === 'BinaryExpression' && /^(\?\?|\|\||&&)?=$/.test(node.operator ?? '')
      ? unwrap(node.get('left'))
      : undefined;
  if (!left || !isThis(unwrap(left.get('expression')))) return false;
  return (left.get('argumentExpression')?.type.literal ?? left.name) === 'process';
}

/** `this`, or a name for it. */
function isThis(node: CodeNode | undefined): boolean {
  if (node?.kind === 'ThisKeyword') return true;
  const declared = node?.kind === 'Identifier' ? node.symbol?.declarations[0] : undefined;
  return (
    declared?.kind === 'VariableDeclaration' && unwrap(declared.get('initializer'))?.kind === 'ThisKeyword'
  );
}

/** `Object.defineProperty(this, 'process', { enumerable: true, … })`: what is not enumerable stays where it is. */
function isDefined(node: CodeNode): boolean {
  if (node.kind !== 'CallExpression' || node.get('expression')?.text !== 'Object.defineProperty')
    return false;
  const [target, name, how] = node.list('arguments');
  return (
    isThis(unwrap(target)) &&
    unwrap(name)?.type.literal === 'process' &&
    how?.type.property('enumerable')?.type.literal === true
  );
}

function isAssigned(node: CodeNode): boolean {
  if (node.kind !== 'CallExpression' || !/^Object\.assign$/.test(node.get('expression')?.text ?? ''))
    return false;
  const [target, ...sources] = node.list('arguments');
  if (!isThis(unwrap(target))) return false;
  return sources.some((source) => source.type.property('process') !== undefined);
}

/** A mixin is no worker of its own: what it declares is judged where it is used. */
function fieldOfMixin(
  worker: ClassModel,
  isJudged: (owner: CodeNode | undefined) => boolean,
): CodeNode | undefined {
  const declarations = worker.type.property('process')?.declarations ?? [];
  return declarations.find(
    (declaration) =>
      /^(PropertyDeclaration|GetAccessor|SetAccessor)$/.test(declaration.kind) &&
      declaration.symbol?.origin === 'project' &&
      !isJudged(declaration.parent),
  );
}

function judgeMember(member: CodeNode, values: Record<string, string>): RuleFinding | undefined {
  if (member.kind === 'PropertyDeclaration') {
    return { text: 'process-method.field', values, at: at(member), fix: toMethod(member) };
  }
  if (member.kind !== 'MethodDeclaration') return { text: 'process-method.accessor', values, at: at(member) };
  if (member.get('asteriskToken')) return { text: 'process-method.generator', values, at: at(member) };
  return undefined;
}

/** A base outside the project, or made by a function, may have it. */
function inherits(worker: ClassModel): boolean {
  const declarations = worker.type.property('process')?.declarations ?? [];
  return declarations.some(
    (declaration) => declaration.get('body') !== undefined || !declaration.has('abstract'),
  );
}

function hashed(node: CodeNode): CodeNode | undefined {
  return node.list('members').find((member) => member.get('name')?.text === '#process');
}

function at(member: CodeNode): CodeNode {
  return member.get('name') ?? member;
}

/** `process = (args) => value` becomes `process(args) { return value; }`, all else stays as it is written. */
function toMethod(member: CodeNode): Edit[] | undefined {
  const value = member.get('initializer');
  const body = value?.get('body');
  if (!value || !body || !/^(ArrowFunction|FunctionExpression)$/.test(value.kind) || member.get('type'))
    return undefined;
  const { file } = member;
  const { text } = file;
  const name = at(member);
  const isAsync = value.has('async');
  const isBlock = body.kind === 'Block';
  const parameters = value.list('parameters');
  if (value.list('typeParameters').length > 0) return undefined;
  const open = text.indexOf('(', value.start);
  const arrow = value.get('equalsGreaterThanToken');
  const signatureEnd = arrow?.start ?? body.start;
  const bare = parameters.length === 1 && (open < 0 || open > parameters[0]!.start);
  const signature = bare ? `(${parameters[0]!.text})` : text.slice(open, signatureEnd).trimEnd();
  // A comment that would be lost, or take what follows with it, is worth more than the repair.
  const left = [
    text.slice(name.end, bare ? parameters[0]!.start : open),
    text.slice(signatureEnd, body.start),
    text.slice(body.end, member.end),
  ];
  const inner = body.kind === 'ParenthesizedExpression' ? body.get('expression') : undefined;
  if (inner) left.push(text.slice(body.start, inner.start), text.slice(inner.end, body.end));
  if (left.some((piece) => /\/\/|\/\*/.test(piece)) || signature.includes('//')) return undefined;
  const star = value.get('asteriskToken') ? '*' : '';
  const modifiers = member
    .list('modifiers')
    .filter((modifier) => !/^(Readonly|Accessor|Declare)Keyword$/.test(modifier.kind));
  const words = [...modifiers.map((modifier) => modifier.text), ...(isAsync ? ['async'] : [])].join(' ');
  const start = member.start;
  const replaced = `${words}${words ? ' ' : ''}${star}process${signature} `;
  const tail = isBlock ? '' : `{ return ${unwrapObject(body)}; }`;
  const bodyText = isBlock ? text.slice(body.start, body.end) : tail;
  return [{ file, start, end: member.end, text: `${replaced}${bodyText}` }];
}

/** `({ a })` stands in brackets only because of the arrow. */
function unwrapObject(body: CodeNode): string {
  const inner = body.kind === 'ParenthesizedExpression' ? body.get('expression') : undefined;
  return inner?.kind === 'ObjectLiteralExpression' ? inner.text : body.text;
}
