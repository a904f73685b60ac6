import type { CodeType } from '../adapter/index.js';

/** A part of a type that cannot be sent to another process. */
export interface Obstacle {
  /** As `args.items[].fn`. */
  readonly path: string;
  /** As `a function`. */
  readonly what: string;
}

/** Types of the language and of Node that keep what they are when they are sent. */
const SENT_WHOLE = new Set([
  ...[
    'Date',
    'RegExp',
    'Boolean',
    'Number',
    'String',
    'Object',
    'BigInt',
    'Map',
    'ReadonlyMap',
    'Set',
    'ReadonlySet',
  ],
  ...[
    'Array',
    'ReadonlyArray',
    'ArrayLike',
    'Iterable',
    'ConcatArray',
    'Buffer',
    'ArrayBuffer',
    'SharedArrayBuffer',
  ],
  ...[
    'ArrayBufferLike',
    'ArrayBufferView',
    'DataView',
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
  ],
  ...[
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float16Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
  ],
  ...['BigUint64Array', 'TypedArray', 'NonSharedBuffer', 'ErrnoException', 'NonSharedUint8Array'],
]);

const MAX_DEPTH = 12;

/** The first part of a type that cannot cross, `undefined` when all of it can. */
export function findObstacle(
  type: CodeType,
  path: string,
  seen = new Set<object>(),
  depth = 0,
): Obstacle | undefined {
  if (seen.has(type.key) || depth > MAX_DEPTH) return undefined;
  seen.add(type.key);
  const inner = (next: CodeType, at: string) => findObstacle(next, at, seen, depth + 1);
  switch (type.shape) {
    case 'symbol':
      return { path, what: 'a symbol' };
    case 'union':
      return first(type.parts, (part) => inner(part, path));
    case 'array':
    case 'tuple':
      return first(type.elements, (element) => inner(element, `${path}[]`));
    case 'parameter':
      return type.constraint && inner(type.constraint, path);
    case 'intersection':
      // A branded primitive is a primitive.
      return type.parts.some((part) => part.shape === 'primitive') ? undefined : inObject(type, path, inner);
    case 'object':
      return inObject(type, path, inner);
    default:
      return undefined;
  }
}

type Inner = (type: CodeType, path: string) => Obstacle | undefined;

function inObject(type: CodeType, path: string, inner: Inner): Obstacle | undefined {
  const { symbol } = type;
  if (type.calls.length > 0) return { path, what: 'a function' };
  if (type.constructs.length > 0) return { path, what: 'a class' };
  if (symbol?.origin === 'library') {
    if (symbol.name === 'Function') return { path, what: 'a function' };
    if (SENT_WHOLE.has(symbol.name)) return first(type.elements, (element) => inner(element, `${path}[]`));
    if (isError(type)) return undefined;
    if (isInstance(type)) return { path, what: `${article(symbol.name)} ${symbol.name}` };
  }
  if (isError(type) || symbol?.origin === 'runtime') return undefined;
  if (type.isClass) return { path, what: `an instance of class ${symbol?.name ?? ''}`.trim() };
  return inProperties(type, path, inner);
}

function inProperties(type: CodeType, path: string, inner: Inner): Obstacle | undefined {
  const found = first(type.properties, (property) => {
    if (property.name.startsWith('__@'))
      return { path: `${path}[${property.name.slice(3).split('@')[0]}]`, what: 'keyed by a symbol' };
    return inner(property.type, `${path}.${property.name}`);
  });
  return found ?? first(type.indexed, (value) => inner(value, `${path}[]`));
}

/** A type of the language or Node whose values have methods. */
function isInstance(type: CodeType): boolean {
  return (
    type.isClass || type.properties.some((property) => property.isMethod || property.type.calls.length > 0)
  );
}

function isError(type: CodeType): boolean {
  return type.lineage.some((base) => base.symbol?.origin === 'library' && base.symbol.name === 'Error');
}

function article(name: string): string {
  return /^[AEIOU]/.test(name) ? 'an' : 'a';
}

function first<T>(items: readonly T[], find: (item: T) => Obstacle | undefined): Obstacle | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}
