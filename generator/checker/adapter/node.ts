import type { ts } from 'ts-morph';
import type { CodeFile, CodeNode, CodeSymbol, CodeType, Modifier } from './contract.js';
import type { Program } from './program.js';

type Fields = Record<string, unknown>;

function isNode(value: unknown): value is ts.Node {
  return typeof value === 'object' && value !== null && 'kind' in value && 'pos' in value;
}

/** A node of the compiler's tree in the words of the contract. */
export class TreeNode implements CodeNode {
  readonly #program: Program;
  readonly #node: ts.Node;
  #children: readonly CodeNode[] | undefined;
  #source: ts.SourceFile | undefined;
  #symbol: CodeSymbol | null | undefined;
  #type: CodeType | undefined;
  #remembered: Map<string, unknown> | undefined;

  constructor(program: Program, node: ts.Node) {
    this.#program = program;
    this.#node = node;
  }

  /** For the adapter alone. */
  static unwrap(node: CodeNode): ts.Node {
    return (node as TreeNode).#node;
  }

  get kind(): string {
    return this.#program.kinds[this.#node.kind] ?? 'Unknown';
  }

  get file(): CodeFile {
    return this.#program.fileOf(this.#sourceFile());
  }

  /** The compiler looks for it through all parents. */
  #sourceFile(): ts.SourceFile {
    this.#source ??= this.#node.getSourceFile();
    return this.#source;
  }

  get start(): number {
    return this.#node.getStart(this.#sourceFile());
  }

  get end(): number {
    return this.#node.end;
  }

  get text(): string {
    return this.#node.getText(this.#sourceFile());
  }

  get parent(): CodeNode | undefined {
    return this.#node.parent && this.#program.node(this.#node.parent);
  }

  get children(): readonly CodeNode[] {
    if (this.#children) return this.#children;
    const children: CodeNode[] = [];
    this.#program.ts.forEachChild(this.#node, (child) => {
      children.push(this.#program.node(child));
    });
    this.#children = children;
    return children;
  }

  get(field: string): CodeNode | undefined {
    const value = (this.#node as unknown as Fields)[field];
    return isNode(value) ? this.#program.node(value) : undefined;
  }

  list(field: string): readonly CodeNode[] {
    const value = (this.#node as unknown as Fields)[field];
    return Array.isArray(value) ? value.filter(isNode).map((node) => this.#program.node(node)) : [];
  }

  has(modifier: Modifier): boolean {
    const word = `${modifier[0]!.toUpperCase()}${modifier.slice(1)}Keyword`;
    return this.list('modifiers').some((node) => node.kind === word);
  }

  get name(): string | undefined {
    const name = (this.#node as unknown as Fields).name;
    const named = isNode(name) ? name : this.#node;
    const text = (named as unknown as Fields).text;
    return typeof text === 'string' ? text : undefined;
  }

  get operator(): string | undefined {
    const { operator, operatorToken } = this.#node as unknown as {
      operator?: ts.SyntaxKind;
      operatorToken?: ts.Node;
    };
    const kind = operatorToken?.kind ?? operator;
    return kind === undefined ? undefined : this.#program.ts.tokenToString(kind);
  }

  get symbol(): CodeSymbol | undefined {
    if (this.#symbol === undefined) this.#symbol = this.#program.symbolAt(this.#node) ?? null;
    return this.#symbol ?? undefined;
  }

  get type(): CodeType {
    this.#type ??= this.#program.typeAt(this.#node);
    return this.#type;
  }

  remember<T>(what: string, make: () => T): T {
    this.#remembered ??= new Map();
    return this.#program.trace.remember(this.#remembered, what, make);
  }

  walk(visit: (node: CodeNode) => unknown): void {
    if (visit(this) === 'skip') return;
    for (const child of this.children) child.walk(visit);
  }
}
