import type { Code, CodeNode } from '../adapter/index.js';
import { type ClassModel, derivesFrom, ownMember } from './classes.js';
import { functionOf, reach, unwrap } from './functions.js';

export const SETTLING = ['ack', 'nack', 'extend'] as const;

/** What a method that settles leases says and uses, itself or through what it calls in the project. */
export interface Settling {
  readonly name: string;
  readonly at: CodeNode;
  /** Where it says `'ok'`. */
  readonly ok: CodeNode | undefined;
  readonly lost: boolean;
  readonly usesToken: boolean;
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
    return [{ name, at: member.get('name') ?? member, ...look(code, parts) }];
  });
}

function look(code: Code, parts: readonly CodeNode[]) {
  const queueContract = code.runtime('Queue');
  let ok: CodeNode | undefined;
  let lost = false;
  let usesToken = false;
  let delegates = false;
  let answers = false;
  let usesEngine = false;
  for (const part of parts) {
    part.walk((node) => {
      if (isTypeNode(node)) return 'skip';
      if (node.kind === 'ReturnStatement' && node.get('expression')) answers = true;
      if (node.kind === 'ThisKeyword' || node.kind === 'AwaitExpression') usesEngine = true;
      const value = literalValue(node);
      if (value === 'ok') ok ??= node;
      if (value === 'lost') lost = true;
      if (node.kind === 'Identifier' && node.text === 'token') usesToken = true;
      if (node.kind === 'StringLiteral' && node.name === 'token') usesToken = true;
      if (node.kind !== 'CallExpression') return;
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
  return { ok, lost, usesToken, delegates, answers, usesEngine };
}

function isQueueLike(object: CodeNode, contract: Parameters<typeof derivesFrom>[1]): boolean {
  return (
    derivesFrom(object.type, contract) ||
    (object.type.property('reserve') !== undefined && object.type.property('ack') !== undefined)
  );
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
