import type { Code, CodeNode } from '../adapter/index.js';
import { isAnswered } from './answers.js';
import { type ClassModel, derivesFrom, ownMember } from './classes.js';
import { functionOf, reach, unwrap } from './functions.js';
import { isEngine } from './queues.js';
import { isLease, readsToken, takesLeases, unfencedSql } from './tokens.js';

export const SETTLING = ['ack', 'nack', 'extend'] as const;
/** The one method of an engine that does what those do. */
const SETTLING_OF_ENGINE = ['settle'] as const;

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
  const names = isEngine(code, queue) ? SETTLING_OF_ENGINE : SETTLING;
  return names.flatMap((name) => {
    const member = ownMember(queue.node, name);
    const fn = member && functionOf(member);
    if (!member || !fn || onlyThrows(queue, name)) return [];
    const parts = reach([fn], (declaration) => declaration.file.isOwn && !declaration.file.isTest);
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
      if (value === 'lost' && isAnswered(node)) lost = true;
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

/** `extend(): never` settles nothing. */
function onlyThrows(queue: ClassModel, name: string): boolean {
  const returns = queue.type.property(name)?.type.calls[0]?.returns;
  return returns?.shape === 'never' || returns?.awaited.shape === 'never';
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
