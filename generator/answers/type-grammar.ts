import { GENERIC_TYPES, PLAIN_TYPES } from './known-types.js';

/** Why a text is not a type of this grammar. */
export class TypeSyntaxError extends Error {}

interface Parsed {
  readonly text: string;
  readonly sample: string;
}

const TOKEN =
  /\s*(?:([A-Za-z_$][\w$]*)|(-?\d+(?:\.\d+)?(?![\w$]))|('[^'\\\n\r`]*'|"[^"\\\n\r`]*")|([{}[\]()<>|:;,?]))/y;
const MAX_LENGTH = 300;
const MAX_DEPTH = 20;

/** Reads the whole text as one type. */
export function parseType(source: string): Parsed {
  if (source.trim() === '') throw new TypeSyntaxError('it is empty');
  if (source.length > MAX_LENGTH) throw new TypeSyntaxError(`it is longer than ${MAX_LENGTH} characters`);
  const reader = new TypeReader(tokensOf(source));
  const type = reader.union();
  reader.end();
  return type;
}

function tokensOf(source: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new TypeSyntaxError(`unexpected ${JSON.stringify(source.slice(at).trim()[0])}`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

/** Recursive descent over the tokens; one method a rule of the grammar. */
class TypeReader {
  private position = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly string[]) {}

  /** `A | B` */
  union(): Parsed {
    if (++this.depth > MAX_DEPTH) throw new TypeSyntaxError('it is nested too deeply');
    this.take('|');
    const members = [this.array()];
    while (this.take('|')) members.push(this.array());
    this.depth--;
    return {
      text: members.map((member) => member.text).join(' | '),
      sample: members[0]?.sample ?? 'undefined',
    };
  }

  end(): void {
    const rest = this.peek();
    if (rest !== undefined) throw new TypeSyntaxError(`unexpected ${JSON.stringify(rest)}`);
  }

  /** `readonly A[][]` */
  private array(): Parsed {
    const readonly = this.take('readonly');
    let type = this.single();
    let isArray = false;
    while (this.take('[')) {
      this.expect(']');
      isArray = true;
      type = { text: `${type.text}[]`, sample: '[]' };
    }
    if (!readonly) return type;
    if (!isArray && !type.text.startsWith('['))
      throw new TypeSyntaxError('readonly stands before an array only');
    return { text: `readonly ${type.text}`, sample: type.sample };
  }

  private single(): Parsed {
    const token = this.next();
    if (token === '(') return this.parenthesised();
    if (token === '[') return this.tuple();
    if (token === '{') return this.object();
    if (/^['"]/.test(token)) return literal(`'${token.slice(1, -1).replaceAll("'", "\\'")}'`);
    if (/^-?\d/.test(token)) return literal(numberLiteral(token));
    return this.named(token);
  }

  private parenthesised(): Parsed {
    const inner = this.union();
    this.expect(')');
    return { text: `(${inner.text})`, sample: inner.sample };
  }

  private tuple(): Parsed {
    const members: Parsed[] = [];
    while (!this.take(']')) {
      members.push(this.union());
      if (!this.take(',')) {
        this.expect(']');
        break;
      }
    }
    return join('[', ', ', ']', members);
  }

  private object(): Parsed {
    const fields: { text: string; sample: string; optional: boolean }[] = [];
    const names = new Set<string>();
    while (!this.take('}')) {
      const prefix = this.take('readonly') ? 'readonly ' : '';
      const name = this.next();
      if (!/^[A-Za-z_$]/.test(name))
        throw new TypeSyntaxError(`${JSON.stringify(name)} is no name of a field`);
      if (names.has(name)) throw new TypeSyntaxError(`the field ${name} is there twice`);
      if (name === '__proto__') throw new TypeSyntaxError('no field may be called __proto__');
      names.add(name);
      const optional = this.take('?');
      this.expect(':');
      const type = this.union();
      fields.push({
        text: `${prefix}${name}${optional ? '?' : ''}: ${type.text}`,
        sample: `${name}: ${type.sample}`,
        optional,
      });
      if (!this.take(';') && !this.take(',') && this.peek() !== '}') this.expect('}');
    }
    if (fields.length === 0) return { text: 'Record<string, never>', sample: '{}' };
    const samples = fields.filter((field) => !field.optional).map((field) => field.sample);
    return {
      text: `{ ${fields.map((field) => field.text).join('; ')} }`,
      sample: samples.length === 0 ? '{}' : `{ ${samples.join(', ')} }`,
    };
  }

  private named(name: string): Parsed {
    if (name === 'Record') return this.record();
    const generic = Object.hasOwn(GENERIC_TYPES, name) ? GENERIC_TYPES[name] : undefined;
    if (generic)
      return { text: `${name}<${this.parameters(name, generic.arity).join(', ')}>`, sample: generic.sample };
    const sample = Object.hasOwn(PLAIN_TYPES, name) ? PLAIN_TYPES[name] : undefined;
    if (sample === undefined) throw new TypeSyntaxError(unknownName(name));
    return { text: name, sample };
  }

  private record(): Parsed {
    const [key, value] = this.parameters('Record', 2);
    if (key !== 'string' && key !== 'number')
      throw new TypeSyntaxError('the keys of a Record are string or number');
    return { text: `Record<${key}, ${value}>`, sample: '{}' };
  }

  private parameters(name: string, arity: number): string[] {
    this.expect('<', `${name} takes ${arity === 1 ? 'one type' : `${arity} types`} in < >`);
    const parameters = [this.union().text];
    while (this.take(',')) parameters.push(this.union().text);
    this.expect('>');
    if (parameters.length !== arity)
      throw new TypeSyntaxError(`${name} takes ${arity}, not ${parameters.length}`);
    return parameters;
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.position++;
    return true;
  }

  private next(): string {
    const token = this.peek();
    if (token === undefined) throw new TypeSyntaxError('it ends too early');
    this.position++;
    return token;
  }

  private expect(token: string, why?: string): void {
    if (this.take(token)) return;
    const found = this.peek();
    throw new TypeSyntaxError(
      why ?? `expected ${token} ${found === undefined ? 'at the end' : `and found ${found}`}`,
    );
  }
}

function literal(text: string): Parsed {
  return { text, sample: text };
}

function numberLiteral(token: string): string {
  const value = Number(token);
  if (!Number.isFinite(value)) throw new TypeSyntaxError(`${token} is no number`);
  return String(value);
}

function join(open: string, separator: string, close: string, members: readonly Parsed[]): Parsed {
  return {
    text: `${open}${members.map((member) => member.text).join(separator)}${close}`,
    sample: `${open}${members.map((member) => member.sample).join(', ')}${close}`,
  };
}

function unknownName(name: string): string {
  if (name === 'any') return 'any says nothing; unknown does';
  if (name === 'Function' || name === 'symbol') return `a ${name} cannot cross to another process`;
  return `${name} is not known here; write an interface into the file afterwards`;
}
