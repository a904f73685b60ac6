import type { CodeType, TypeProperty } from '../adapter/index.js';

/** Types of the language and of Node that arrive as what they are, whatever else is said of them in the type. */
const CARRIERS: ReadonlyMap<string, 'array' | 'map' | 'set' | 'bytes' | 'whole' | 'error'> = new Map([
  ...(['Array', 'ReadonlyArray', 'ArrayLike', 'ConcatArray', 'RegExpMatchArray'] as const).map(
    (name) => [name, 'array'] as const,
  ),
  ...(['RegExpExecArray', 'RegExpIndicesArray', 'TemplateStringsArray'] as const).map(
    (name) => [name, 'array'] as const,
  ),
  ...(['Map', 'ReadonlyMap'] as const).map((name) => [name, 'map'] as const),
  ...(['Set', 'ReadonlySet', 'ReadonlySetLike'] as const).map((name) => [name, 'set'] as const),
  ...(['ArrayBuffer', 'ArrayBufferView', 'DataView', 'Buffer', 'TypedArray', 'NonSharedBuffer'] as const).map(
    (name) => [name, 'bytes'] as const,
  ),
  ...(
    ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array'] as const
  ).map((name) => [name, 'bytes'] as const),
  ...(['Uint32Array', 'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array'] as const).map(
    (name) => [name, 'bytes'] as const,
  ),
  ...(['BigUint64Array', 'NonSharedUint8Array'] as const).map((name) => [name, 'bytes'] as const),
  ...(['Date', 'RegExp', 'Boolean', 'Number', 'String', 'BigInt', 'Object'] as const).map(
    (name) => [name, 'whole'] as const,
  ),
  ...(['Error', 'DOMException'] as const).map((name) => [name, 'error'] as const),
]);

export type CarrierKind = 'array' | 'map' | 'set' | 'bytes' | 'whole' | 'error';

export interface Carrier {
  readonly kind: CarrierKind;
  readonly name: string;
}

/**
 * What a value of this type is to the runtime: `Date & { __brand: 'Day' }`, `interface Rows extends Array<Row> {}` and
 * `Readonly<ReadonlyMap<K, V>>` are told by whose members they have.
 */
export function carrierOf(type: CodeType): Carrier | undefined {
  for (const base of type.lineage) {
    const found = base.symbol?.origin === 'library' ? named(base.symbol.name) : undefined;
    if (found) return found;
    if (base.shape === 'array' || base.shape === 'tuple') return { kind: 'array', name: 'Array' };
  }
  for (const property of type.properties) {
    const found = ownerOf(property);
    if (found && found.name !== 'Object') return found;
  }
  return undefined;
}

/** Whether a member is the carrier's own, and not what a type adds to it. */
export function isOfCarrier(property: TypeProperty): boolean {
  return property.declarations.some((declaration) => declaration.symbol?.origin === 'library');
}

/** The carrier that declares a method. */
function ownerOf(property: TypeProperty): Carrier | undefined {
  for (const declaration of property.declarations) {
    if (!/^Method(Signature|Declaration)$/.test(declaration.kind)) continue;
    const owner = declaration.parent?.symbol;
    const found = owner?.origin === 'library' ? named(owner.name) : undefined;
    if (found) return found;
  }
  return undefined;
}

function named(name: string): Carrier | undefined {
  const kind = CARRIERS.get(name);
  return kind && { kind, name };
}

/** The types of what a container holds. */
export function contentsOf(type: CodeType, { kind }: Carrier): readonly CodeType[] {
  if (kind === 'array')
    return type.shape === 'tuple' || type.shape === 'array' ? type.elements : type.indexed;
  if (kind !== 'map' && kind !== 'set') return [];
  const callback = type.property('forEach')?.type.calls[0]?.parameters[0]?.type.calls[0];
  return (callback?.parameters ?? []).slice(0, kind === 'map' ? 2 : 1).map((parameter) => parameter.type);
}
