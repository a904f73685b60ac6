import type { CodeNode } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { type ClassModel, memberOf, ownMember } from '../model/classes.js';
import type { Rule } from '../rule.js';

export const processMethod: Rule = {
  id: 'process-method',
  severity: 'error',
  clause: 'A worker does its work in a method `process(args)`.',
  fixable: true,
  *check({ project }) {
    for (const worker of project.allWorkers) {
      const finding = judge(worker);
      if (finding) yield finding;
    }
  },
};

function judge(worker: ClassModel): RuleFinding | undefined {
  const values = { name: worker.name ?? 'the class' };
  const own = ownMember(worker.node, 'process');
  if (own) return judgeMember(own, values);
  const misplaced = ownMember(worker.node, 'process', 'static') ?? hashed(worker.node);
  if (misplaced) return { text: 'process-method.misplaced', values, at: at(misplaced) };
  if (worker.abstract || memberOf(worker, 'process')?.get('body') || inherits(worker)) return undefined;
  return { text: 'process-method.missing', values, at: worker.at };
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
  const head = text.slice(name.end, value.start);
  if (/\/\/|\/\*/.test(head) || value.list('typeParameters').length > 0) return undefined;
  const open = text.indexOf('(', value.start);
  const arrow = value.get('equalsGreaterThanToken');
  const signatureEnd = arrow?.start ?? body.start;
  const bare = parameters.length === 1 && (open < 0 || open > parameters[0]!.start);
  const signature = bare ? `(${parameters[0]!.text})` : text.slice(open, signatureEnd).trimEnd();
  const star = value.get('asteriskToken') ? '*' : '';
  const modifiers = member.list('modifiers').filter((modifier) => modifier.kind !== 'ReadonlyKeyword');
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
