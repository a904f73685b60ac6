import type { CodeNode, CodeType, TypeProperty } from '../adapter/index.js';
import { type Carrier, carrierOf, contentsOf, isOfCarrier } from './carriers.js';
import { type Look, searchType, type TypePlace } from './type-search.js';

/** A part of a type that cannot be sent to another process. */
export interface Obstacle {
  /** As `args.items[].fn`. */
  readonly path: string;
  /** As `a function`. */
  readonly what: string;
}

/** Classes of the runtime that arrive as what they are. */
const SENT_BY_RUNTIME = new Set(['SharedArray', 'SuccessResponse', 'FailureResponse', 'SettledResponse']);
/** Interfaces of the language that an array, a `Map` or a `Set` has as well. */
const ANY_ITERABLE = /^(Iterable|ArrayBufferLike)$/;

/** The outermost part of a type that cannot cross, `undefined` when all of it can. */
export function findObstacle(type: CodeType, path: string): Obstacle | undefined {
  return searchType({ type, path }, look);
}

function look({ type, path }: TypePlace): Look<Obstacle> {
  switch (type.shape) {
    case 'symbol':
      return refuse(path, 'a symbol');
    case 'union':
      return { inside: partsOf(type).map((part) => ({ type: part, path })) };
    case 'array':
    case 'tuple':
      return items(type.elements, path);
    case 'parameter':
      return { inside: type.constraint ? [{ type: type.constraint, path }] : [] };
    case 'intersection':
    case 'object':
      return lookAtObject(type, path);
    default:
      return { inside: [] };
  }
}

/** `ArrayBufferLike` says both, and means the usual one. */
function partsOf({ parts }: CodeType): readonly CodeType[] {
  const hasOwn = parts.some((part) => isLibrary(part, 'ArrayBuffer'));
  return hasOwn ? parts.filter((part) => !isLibrary(part, 'SharedArrayBuffer')) : parts;
}

function lookAtObject(type: CodeType, path: string): Look<Obstacle> {
  // A branded primitive is a primitive.
  if (type.parts.some((part) => /^(primitive|nothing)$/.test(part.shape))) return { inside: [] };
  if (type.calls.length > 0 || isLibrary(type, 'Function')) return refuse(path, 'a function');
  if (type.constructs.length > 0) return refuse(path, 'a class');
  const shared = type.lineage.find((base) => isLibrary(base, 'SharedArrayBuffer'));
  if (shared) return refuse(path, 'a SharedArrayBuffer');
  if (type.symbol?.origin === 'runtime' && isSentByRuntime(type)) return items(type.elements, path);
  const carrier = carrierOf(type);
  const ownClass = type.lineage.find((base) => base.isClass && base.symbol?.origin !== 'library');
  if (carrier?.kind === 'error') return lookAtError(type, path);
  if (ownClass) return refuse(path, `an instance of class ${ownClass.symbol?.name ?? ''}`.trim());
  if (carrier) return lookAtCarrier(type, path, carrier);
  return lookAtPlain(type, path);
}

function isSentByRuntime(type: CodeType): boolean {
  return type.lineage.some((base) => SENT_BY_RUNTIME.has(base.symbol?.name ?? ''));
}

/** All own properties of an error are sent, and its methods, which are its class's, are not. */
function lookAtError(type: CodeType, path: string): Look<Obstacle> {
  const own = type.properties.filter(
    (property) =>
      !isOfCarrier(property) && !property.declarations.some(isOfClass) && !isBrand(property, type),
  );
  return { inside: own.map((property) => ({ type: property.type, path: `${path}.${property.name}` })) };
}

/** Methods and accessors of a class are found on its prototype, and are no properties of an instance. */
function isOfClass(declaration: CodeNode): boolean {
  return (
    /^(MethodDeclaration|GetAccessor|SetAccessor)$/.test(declaration.kind) ||
    declaration.get('name')?.kind === 'PrivateIdentifier' ||
    declaration.symbol?.origin === 'runtime'
  );
}

function lookAtCarrier(type: CodeType, path: string, carrier: Carrier): Look<Obstacle> {
  const added = type.properties.filter((property) => !isOfCarrier(property));
  const lost = added.find((property) => property.type.calls.length > 0);
  if (lost) return refuse(`${path}.${lost.name}`, 'a function');
  if (carrier.kind === 'bytes' && isShared(type))
    return refuse(path, `${article(carrier.name)} over a SharedArrayBuffer`);
  // An array is sent with its named properties.
  const named = carrier.kind === 'array' ? added.filter((property) => !isBrand(property, type)) : [];
  return {
    inside: [
      ...contentsOf(type, carrier).map((each) => ({ type: each, path: `${path}[]` })),
      ...named
        .filter((property) => !/^(\d+|length)$/.test(property.name))
        .map((property) => ({ type: property.type, path: `${path}.${property.name}` })),
    ],
  };
}

function isShared(type: CodeType): boolean {
  const buffer = type.property('buffer')?.type;
  return buffer !== undefined && isLibrary(buffer, 'SharedArrayBuffer');
}

function lookAtPlain(type: CodeType, path: string): Look<Obstacle> {
  const { symbol } = type;
  if (symbol?.origin === 'library' && !symbol.name.startsWith('__')) {
    if (ANY_ITERABLE.test(symbol.name)) return items(type.elements.slice(0, 1), path);
    if (isInstance(type)) return refuse(path, article(symbol.name));
  }
  if (type.hasSymbolKeys) return refuse(path, 'keyed by symbols');
  const inside: TypePlace[] = [];
  for (const property of type.properties) {
    if (isBrand(property, type)) continue;
    if (property.name.startsWith('__@'))
      return refuse(`${path}[${property.name.slice(3).split('@')[0]}]`, 'keyed by a symbol');
    inside.push({ type: property.type, path: `${path}.${property.name}` });
  }
  return { inside: [...inside, ...type.indexed.map((value) => ({ type: value, path: `${path}[]` }))] };
}

const BRAND_NAME = /brand|tag|opaque|nominal|flavou?r|^_/i;

/** A property that exists in the type alone: under a symbol that nothing makes, or a mark of an intersection. */
function isBrand(property: TypeProperty, { shape }: CodeType): boolean {
  if (property.name.startsWith('__@')) {
    const key = property.declarations[0]?.get('name')?.get('expression')?.symbol;
    // `Symbol.dispose` and its like are there when the program runs.
    return (
      key !== undefined && key.origin !== 'library' && key.declarations[0]?.get('initializer') === undefined
    );
  }
  return shape === 'intersection' && property.type.shape === 'symbol' && BRAND_NAME.test(property.name);
}

function items(types: readonly CodeType[], path: string): Look<Obstacle> {
  return { inside: types.map((type) => ({ type, path: `${path}[]` })) };
}

function refuse(path: string, what: string): Look<Obstacle> {
  return { found: { path, what } };
}

function isLibrary({ symbol }: CodeType, name: string): boolean {
  return symbol?.origin === 'library' && symbol.name === name;
}

/** A type of the language or Node whose values have methods. */
function isInstance(type: CodeType): boolean {
  return (
    type.isClass || type.properties.some((property) => property.isMethod || property.type.calls.length > 0)
  );
}

function article(name: string): string {
  return `${/^[AEIOU](?!RL)/.test(name) ? 'an' : 'a'} ${name}`;
}
