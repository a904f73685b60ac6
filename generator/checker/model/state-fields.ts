import type { Code, CodeNode, CodeType, TypeProperty } from '../adapter/index.js';
import type { ClassModel } from './classes.js';

/** A field that travels with each job of a worker. */
export interface StateField {
  readonly name: string;
  readonly type: CodeType;
  /** Where a finding about it is shown. */
  readonly at: CodeNode;
}

const FIELD = /^(PropertyDeclaration|Parameter|PropertySignature|BinaryExpression|PropertyAssignment)$/;

/**
 * The fields a worker adds, with those of mixins and of bases that are no workers themselves: what `Worker` has is the
 * runtime's business, `#private` fields and accessors stay behind.
 */
export function stateFields(
  code: Code,
  worker: ClassModel,
  isJudged: (owner: CodeNode) => boolean,
): StateField[] {
  const base = code.runtime('Worker')?.declarations[0];
  const ofWorker = base && code.declaredType(base);
  return worker.type.properties.flatMap((property) => {
    if (property.name.startsWith('__@') || ofWorker?.property(property.name)) return [];
    const declaration = property.declarations.find(isField);
    if (!declaration) return [];
    const owner = classOf(declaration);
    if (owner && owner !== worker.node && isJudged(owner)) return [];
    return [fieldOf(worker, property, declaration)];
  });
}

function fieldOf(worker: ClassModel, property: TypeProperty, declaration: CodeNode): StateField {
  const isOurs = declaration.symbol?.origin === 'project';
  return {
    name: property.name,
    type: property.type,
    at: isOurs ? (declaration.get('name') ?? declaration) : worker.at,
  };
}

function isField(declaration: CodeNode): boolean {
  return (
    FIELD.test(declaration.kind) &&
    !declaration.has('static') &&
    !declaration.has('accessor') &&
    declaration.get('name')?.kind !== 'PrivateIdentifier'
  );
}

function classOf(node: CodeNode): CodeNode | undefined {
  let current = node.parent;
  while (current && !/^Class(Declaration|Expression)$/.test(current.kind)) current = current.parent;
  return current;
}
