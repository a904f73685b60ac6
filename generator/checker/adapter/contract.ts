// What rules may know about code. Nothing here names a compiler, so that another one can take its place:
// a tree of nodes with named fields (as in a grammar), symbols that are followed to where they are declared, and types.

/** The words of the tree: `ClassDeclaration`, `CallExpression`, `Identifier`, … */
export type NodeKind = string;

export type Modifier =
  | 'abstract'
  | 'accessor'
  | 'async'
  | 'declare'
  | 'default'
  | 'export'
  | 'override'
  | 'private'
  | 'protected'
  | 'public'
  | 'readonly'
  | 'static';

export interface CodeFile {
  /** Absolute, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly root: CodeNode;
  /** The line break the file uses. */
  readonly newline: '\n' | '\r\n';
  /** Do files of its project import each other with `.ts`, and not by what the compiler makes of them? */
  readonly importsTypescript: boolean;
  readonly isJavaScript: boolean;
  /** Whether it is a test, by its name. */
  readonly isTest: boolean;
  /** Whether it is one of the project's own. */
  readonly isOwn: boolean;
}

export interface CodeNode {
  readonly kind: NodeKind;
  readonly file: CodeFile;
  /** Offsets in the file's text, without what precedes the node (comments, blanks). */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly parent: CodeNode | undefined;
  readonly children: readonly CodeNode[];
  /** A part by its name in the grammar, such as `name`, `body`, `initializer`. */
  get(field: string): CodeNode | undefined;
  /** A list of parts, such as `members`, `arguments`; empty when there is none. */
  list(field: string): readonly CodeNode[];
  has(modifier: Modifier): boolean;
  /** The name of a declaration, or of what a name names. */
  readonly name: string | undefined;
  /** The token of an operator: `+=`, `++`, `!`. */
  readonly operator: string | undefined;
  /** What the node declares or refers to, followed through imports and re-exports. */
  readonly symbol: CodeSymbol | undefined;
  readonly type: CodeType;
  /** What is found out of the node alone: made once, and kept under a name as long as the compiled project. */
  remember<T>(what: string, make: () => T): T;
  /** Calls `visit` for the node and all below it, in order; `'skip'` leaves out what is below. */
  walk(visit: (node: CodeNode) => unknown): void;
}

export interface CodeSymbol {
  /** The same symbol has the same key. */
  readonly key: object;
  readonly name: string;
  readonly declarations: readonly CodeNode[];
  readonly origin: Origin;
}

/** Where something is declared: in the checked project, in `mproc-worker`, in the language's or Node's own types, or elsewhere. */
export type Origin = 'project' | 'runtime' | 'library' | 'package';

export type TypeShape =
  | 'any'
  | 'unknown'
  | 'never'
  | 'nothing'
  | 'primitive'
  | 'symbol'
  | 'union'
  | 'intersection'
  | 'array'
  | 'tuple'
  | 'parameter'
  | 'object';

export interface TypeProperty {
  readonly name: string;
  readonly optional: boolean;
  readonly type: CodeType;
  /** A method, not a field that holds a function. */
  readonly isMethod: boolean;
  readonly declarations: readonly CodeNode[];
}

export interface TypeSignature {
  readonly parameters: readonly { readonly name: string; readonly type: CodeType }[];
  /** How many arguments a caller has to give. */
  readonly required: number;
  readonly returns: CodeType;
}

export interface CodeType {
  readonly key: object;
  readonly text: string;
  readonly shape: TypeShape;
  /** The value of a literal type. */
  readonly literal: string | number | boolean | undefined;
  /** The members of a union or an intersection. */
  readonly parts: readonly CodeType[];
  /** The elements of an array or tuple, and what a generic type was given. */
  readonly elements: readonly CodeType[];
  /** How many elements of a tuple are always there; 0 for all else. */
  readonly requiredElements: number;
  readonly symbol: CodeSymbol | undefined;
  readonly isClass: boolean;
  readonly properties: readonly TypeProperty[];
  property(name: string): TypeProperty | undefined;
  /** What `[key: string]` and `[index: number]` hold. */
  readonly indexed: readonly CodeType[];
  /** Whether it has `[key: symbol]`. */
  readonly hasSymbolKeys: boolean;
  readonly calls: readonly TypeSignature[];
  readonly constructs: readonly TypeSignature[];
  /** What a type parameter extends. */
  readonly constraint: CodeType | undefined;
  readonly awaited: CodeType;
  /** Itself and all it derives from, nearest first. */
  readonly lineage: readonly CodeType[];
  isAssignableTo(other: CodeType): boolean;
}

export interface Diagnostic {
  readonly code: number;
  readonly message: string;
  readonly file: CodeFile | undefined;
  readonly start: number;
  readonly end: number;
}

/** Files by their paths. */
export interface Changes {
  /** What is in them may have other types. */
  readonly affected: ReadonlySet<string>;
  /** They have another text, are new, or gone. */
  readonly changed: ReadonlySet<string>;
}

/** A compiled project. It does not change: after an edit `update` gives the next one. */
export interface Code {
  /** The project's own files, in a stable order. */
  readonly files: readonly CodeFile[];
  file(path: string): CodeFile | undefined;
  diagnostics(paths?: ReadonlySet<string>): readonly Diagnostic[];
  /** An export of `mproc-worker` by name. */
  runtime(name: string): CodeSymbol | undefined;
  /** What a module exports, by the name it is exported under; `export type { … }` does not count. */
  exportsOf(file: CodeFile): ReadonlyMap<string, CodeSymbol>;
  /** The type of an instance of a class, or of an interface. */
  declaredType(node: CodeNode): CodeType;
  /** Test files of the project that its configuration leaves out. */
  readonly testsOutside: readonly { readonly path: string; readonly text: string }[];
  position(file: CodeFile, offset: number): { readonly line: number; readonly column: number };
  /** Runs something, and tells whose declarations it went to. */
  traced<T>(run: () => T): { readonly result: T; readonly files: ReadonlySet<string> };
  /**
   * What is new since this was last asked of a compilation of the project, or its diagnostics were; `undefined` when that
   * is not known, or everything may be.
   */
  changes(): Changes | undefined;
  /** What kind of comment an offset stands in; `undefined` in code, texts and patterns. */
  commentAt(file: CodeFile, offset: number): 'line' | 'block' | undefined;
}

/** Keeps what can be kept from one compilation to the next. */
export interface Compiler {
  /** The file that configures the project. */
  readonly configFile: string;
  /** Reads its configuration anew when it is next needed, and looks anew which files there are. */
  refresh(): void;
  /** Compiles the project as it is on disk, with the given texts in place of those files. */
  compile(overlay?: ReadonlyMap<string, string>): Code;
  /** The projects that its configuration refers to, near and far, each once. */
  referenced(): readonly Compiler[];
  /** Files below the project's folder that use `mproc-worker` by their names and texts, and are not among those given. */
  unlisted(listed: ReadonlySet<string>): readonly string[];
  /** Whether it is the one that the project has installed, so that nobody else has to be asked. */
  readonly isOwn: boolean;
  /** Whether its configuration refers to other projects. */
  readonly refersToOthers: boolean;
  /** Whether JavaScript is part of the project. */
  readonly allowsJavaScript: boolean;
}
