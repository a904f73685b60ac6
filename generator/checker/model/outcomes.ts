import type { Code, CodeNode, CodeType } from '../adapter/index.js';
import { type ClassModel, derivesFrom, ownMember } from './classes.js';
import { functionOf, reach, unwrap } from './functions.js';
import { changesRows, expandedText, isText } from './sql.js';

export const SETTLING = ['ack', 'nack', 'extend'] as const;

/** What a method that settles leases says and uses, itself or through what it calls in the project. */
export interface Settling {
  readonly name: string;
  readonly at: CodeNode;
  /** Where it says `'ok'`. */
  readonly ok: CodeNode | undefined;
  readonly lost: boolean;
  readonly usesToken: boolean;
  /** A statement of its own that changes rows without naming the token, where nothing else compares it. */
  readonly unfencedSql: CodeNode | undefined;
  /** It gives a value back at all. */
  readonly answers: boolean;
  /** It asks something beside its arguments. */
  readonly usesEngine: boolean;
  /** It leaves the leases to another queue. */
  readonly delegates: boolean;
}

export function settlingMethods(code: Code, queue: ClassModel): Settling[] {
  const files = new Set(code.files);
  return SETTLING.flatMap((name) => {
    const member = ownMember(queue.node, name);
    const fn = member && functionOf(member);
    if (!member || !fn) return [];
    const parts = reach([fn], (declaration) => files.has(declaration.file) && !declaration.file.isTest);
    return [
      {
        name,
        at: member.get('name') ?? member,
        usesToken: readsToken(parts, takesLeases(fn)),
        ...look(code, parts),
        unfencedSql: unfencedSql(fn, parts),
      },
    ];
  });
}

function look(code: Code, parts: readonly CodeNode[]) {
  const queueContract = code.runtime('Queue');
  let ok: CodeNode | undefined;
  let lost = false;
  let delegates = false;
  let answers = false;
  let usesEngine = false;
  for (const part of parts) {
    if (part.kind === 'ArrowFunction' && part.get('body')?.kind !== 'Block') answers = true;
    part.walk((node) => {
      if (isTypeNode(node)) return 'skip';
      if (node.kind === 'ReturnStatement' && node.get('expression')) answers = true;
      if (node.kind === 'ThisKeyword' || node.kind === 'AwaitExpression') usesEngine = true;
      const value = isCompared(node) ? undefined : literalValue(node);
      if (value === 'ok') ok ??= node;
      if (value === 'lost') lost = true;
      if (node.kind !== 'CallExpression') return;
      if (handsOver(node)) delegates = true;
      const callee = unwrap(node.get('expression'));
      if (callee?.kind !== 'PropertyAccessExpression') return;
      const object = unwrap(callee.get('expression'));
      const settles = (SETTLING as readonly string[]).includes(callee.name ?? '');
      if (
        settles &&
        object &&
        object.kind !== 'ThisKeyword' &&
        (object.kind === 'SuperKeyword' || isQueueLike(object, queueContract))
      ) {
        delegates = true;
      }
    });
  }
  return { ok, lost, delegates, answers, usesEngine };
}

/** Whole leases given to a client from elsewhere are its business. */
function handsOver(call: CodeNode): boolean {
  const callee = unwrap(call.get('expression'));
  if ((callee?.get('name') ?? callee)?.symbol?.origin !== 'package') return false;
  return call
    .list('arguments')
    .some(({ type }) => isLease(type) || type.elements.some((element) => isLease(element)));
}

function isQueueLike(object: CodeNode, contract: Parameters<typeof derivesFrom>[1]): boolean {
  return (
    derivesFrom(object.type, contract) ||
    (object.type.property('reserve') !== undefined && object.type.property('ack') !== undefined)
  );
}

function isCompared(node: CodeNode): boolean {
  return node.parent?.kind === 'CaseClause' || /^[!=]==?$/.test(node.parent?.operator ?? '');
}

/** The method's own statements and those in constants it names; what it calls may have others for other ends. */
function unfencedSql(fn: CodeNode, parts: readonly CodeNode[]): CodeNode | undefined {
  const own = parts.filter((part) => part === fn || isText(part));
  const statements: CodeNode[] = [];
  for (const part of own) {
    part.walk((node) => {
      if (isText(node) && changesRows(expandedText(node))) statements.push(node);
    });
  }
  if (statements.length === 0 || statements.some((node) => TOKEN.test(expandedText(node)))) return undefined;
  return parts.some((part) => comparesToken(part)) ? undefined : statements[0];
}

const TOKEN = /token|lease|receipt|fence|version/i;

function comparesToken(part: CodeNode): boolean {
  let found = false;
  part.walk((node) => {
    if (node.kind === 'BinaryExpression' && /^[!=]==?$/.test(node.operator ?? '')) {
      const sides = [unwrap(node.get('left')), unwrap(node.get('right'))];
      if (sides.some(isToken) && !sides.some((side) => /^(undefined|null)$/.test(side?.text ?? '')))
        found = true;
    }
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind === 'PropertyAccessExpression' && /^(get|has)$/.test(callee.name ?? '')) {
      if (node.list('arguments').some((given) => isToken(unwrap(given)))) found = true;
    }
  });
  return found;
}

function isToken(node: CodeNode | undefined): boolean {
  return (
    node !== undefined &&
    /^(Identifier|PropertyAccessExpression)$/.test(node.kind) &&
    /token$/i.test(node.text)
  );
}

/** Whether the leases have the runtime's type, so that they can be told from records. */
function takesLeases(fn: CodeNode): boolean {
  const type = fn.list('parameters')[0]?.type;
  return type?.elements.some((element) => isLease(element)) ?? false;
}

/** Whether the token of a lease, and not that of a record, is read. */
function readsToken(parts: readonly CodeNode[], isTyped: boolean): boolean {
  const bound = new Set<object>();
  let found = false;
  for (const part of parts) {
    part.walk((node) => {
      if (
        node.kind === 'BindingElement' &&
        (node.get('propertyName') ?? node.get('name'))?.text === 'token'
      ) {
        const type = node.parent?.type;
        const name = node.get('name')?.symbol;
        if (name && (!isTyped || isLease(type))) bound.add(name.key);
      }
      const object = /^(PropertyAccess|ElementAccess)Expression$/.test(node.kind)
        ? node.get('expression')
        : undefined;
      const member = node.get('argumentExpression')?.type.literal ?? node.name;
      if (object && member === 'token' && (!isTyped || isLease(object.type))) found = true;
    });
  }
  return found || parts.some((part) => refersTo(part, bound));
}

function isLease(type: CodeType | undefined): boolean {
  const token = type?.property('token');
  return token?.declarations.some((declaration) => declaration.symbol?.origin === 'runtime') ?? false;
}

function refersTo(part: CodeNode, symbols: ReadonlySet<object>): boolean {
  let found = false;
  part.walk((node) => {
    if (node.kind !== 'Identifier' || node.parent?.kind === 'BindingElement') return;
    if (node.symbol && symbols.has(node.symbol.key)) found = true;
  });
  return found;
}

/** Types say both words and mean neither. */
function isTypeNode(node: CodeNode): boolean {
  return /^(LiteralType|TypeReference|UnionType|TypeAliasDeclaration|InterfaceDeclaration|TypeLiteral)$/.test(
    node.kind,
  );
}

function literalValue(node: CodeNode): unknown {
  if (node.kind === 'StringLiteral' || node.kind === 'NoSubstitutionTemplateLiteral') return node.name;
  if (node.kind !== 'Identifier' && node.kind !== 'PropertyAccessExpression') return undefined;
  return node.type.literal;
}
