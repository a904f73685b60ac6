import type { ts } from 'ts-morph';
import type { CodeSymbol, CodeType, TypeProperty, TypeShape, TypeSignature } from './contract.js';
import type { Program } from './program.js';

/** A type of the compiler in the words of the contract. */
export class TreeType implements CodeType {
  readonly #program: Program;
  readonly #type: ts.Type;
  #properties: readonly TypeProperty[] | undefined;

  constructor(program: Program, type: ts.Type) {
    this.#program = program;
    this.#type = type;
  }

  get key(): object {
    return this.#type;
  }

  get text(): string {
    return this.#program.checker.typeToString(this.#type);
  }

  get shape(): TypeShape {
    const { TypeFlags } = this.#program.ts;
    const { flags } = this.#type;
    if (flags & TypeFlags.Any) return 'any';
    if (flags & TypeFlags.Unknown) return 'unknown';
    if (flags & TypeFlags.Never) return 'never';
    if (flags & (TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void)) return 'nothing';
    if (flags & TypeFlags.ESSymbolLike) return 'symbol';
    if (flags & TypeFlags.BooleanLike) return 'primitive';
    if (flags & TypeFlags.EnumLike) return 'primitive';
    if (flags & TypeFlags.Union) return 'union';
    if (flags & TypeFlags.Intersection) return 'intersection';
    if (flags & (TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BigIntLike)) return 'primitive';
    if (flags & TypeFlags.Instantiable) return 'parameter';
    if (this.#program.checker.isTupleType(this.#type)) return 'tuple';
    if (this.#program.checker.isArrayType(this.#type)) return 'array';
    return 'object';
  }

  get literal(): string | number | boolean | undefined {
    if (this.#type.isStringLiteral() || this.#type.isNumberLiteral()) return this.#type.value;
    if (this.#type.flags & this.#program.ts.TypeFlags.BooleanLiteral) return this.text === 'true';
    return undefined;
  }

  get parts(): readonly CodeType[] {
    return this.#type.isUnionOrIntersection() ? this.#type.types.map((type) => this.#program.type(type)) : [];
  }

  get elements(): readonly CodeType[] {
    const { ObjectFlags } = this.#program.ts;
    if (!((this.#type as ts.ObjectType).objectFlags & ObjectFlags.Reference)) return [];
    const reference = this.#type as ts.TypeReference;
    const given = this.#program.checker.getTypeArguments(reference);
    // The last argument of a class may be its own `this`.
    return given
      .slice(0, reference.target.typeParameters?.length ?? given.length)
      .map((type) => this.#program.type(type));
  }

  get requiredElements(): number {
    if (!this.#program.checker.isTupleType(this.#type)) return 0;
    return ((this.#type as ts.TypeReference).target as ts.TupleType).minLength;
  }

  get symbol(): CodeSymbol | undefined {
    const symbol = this.#type.getSymbol();
    return symbol && this.#program.symbol(symbol);
  }

  get isClass(): boolean {
    return (
      this.#type.isClass() ||
      Boolean((this.#type.getSymbol()?.flags ?? 0) & this.#program.ts.SymbolFlags.Class)
    );
  }

  get properties(): readonly TypeProperty[] {
    this.#properties ??= this.#program.checker
      .getPropertiesOfType(this.#program.checker.getApparentType(this.#type))
      .map((symbol) => this.#property(symbol));
    return this.#properties;
  }

  property(name: string): TypeProperty | undefined {
    // The compiler's own search takes names as they are written; those of symbols are not.
    if (name.startsWith('__@')) return this.properties.find((property) => property.name === name);
    const symbol = this.#program.checker.getPropertyOfType(this.#type, name);
    return symbol && this.#property(symbol);
  }

  get indexed(): readonly CodeType[] {
    return this.#program.checker.getIndexInfosOfType(this.#type).map((info) => this.#program.type(info.type));
  }

  get hasSymbolKeys(): boolean {
    const { ESSymbolLike } = this.#program.ts.TypeFlags;
    return this.#program.checker
      .getIndexInfosOfType(this.#type)
      .some(({ keyType }) => keyType.flags & ESSymbolLike);
  }

  get calls(): readonly TypeSignature[] {
    return this.#type.getCallSignatures().map((signature) => this.#signature(signature));
  }

  get constructs(): readonly TypeSignature[] {
    return this.#type.getConstructSignatures().map((signature) => this.#signature(signature));
  }

  get constraint(): CodeType | undefined {
    const constraint = this.#program.checker.getBaseConstraintOfType(this.#type);
    return constraint && constraint !== this.#type ? this.#program.type(constraint) : undefined;
  }

  get awaited(): CodeType {
    const awaited = this.#program.checker.getAwaitedType(this.#type);
    return awaited ? this.#program.type(awaited) : this;
  }

  get lineage(): readonly CodeType[] {
    const seen = new Set<ts.Type>();
    const queue: ts.Type[] = [this.#type];
    for (const type of queue) {
      if (seen.has(type)) continue;
      seen.add(type);
      queue.push(...this.#basesOf(type));
    }
    return [...seen].map((type) => this.#program.type(type));
  }

  isAssignableTo(other: CodeType): boolean {
    return this.#program.checker.isTypeAssignableTo(this.#type, (other as TreeType).#type);
  }

  #basesOf(type: ts.Type): readonly ts.Type[] {
    if (type.isIntersection()) return type.types;
    const target = (type as ts.TypeReference).target ?? type;
    return target.isClassOrInterface() ? this.#program.checker.getBaseTypes(target) : [];
  }

  #property(symbol: ts.Symbol): TypeProperty {
    const { SymbolFlags } = this.#program.ts;
    const program = this.#program;
    return {
      name: symbol.name,
      optional: Boolean(symbol.flags & SymbolFlags.Optional),
      isMethod: Boolean(symbol.flags & SymbolFlags.Method),
      get type() {
        return program.type(program.checker.getTypeOfSymbol(symbol));
      },
      get declarations() {
        return program.declarationsOf(symbol);
      },
    };
  }

  #signature(signature: ts.Signature): TypeSignature {
    const program = this.#program;
    return {
      parameters: signature.parameters.map((symbol) => ({
        name: symbol.name,
        get type() {
          return program.type(program.checker.getTypeOfSymbol(symbol));
        },
      })),
      required: (signature as unknown as { minArgumentCount: number }).minArgumentCount,
      get returns() {
        return program.type(program.checker.getReturnTypeOfSignature(signature));
      },
    };
  }
}
