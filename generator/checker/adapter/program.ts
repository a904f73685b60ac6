import { dirname, join } from 'node:path';
import type { ts } from 'ts-morph';
import { commentAt } from './comments.js';
import type {
  Changes,
  Code,
  CodeFile,
  CodeNode,
  CodeSymbol,
  CodeType,
  Diagnostic,
  Origin,
} from './contract.js';
import type { Judgement } from './judgement.js';
import type { TypeScript } from './load.js';
import { TreeNode } from './node.js';
import { TreeSymbol } from './symbol.js';
import { Trace } from './trace.js';
import { TreeType } from './type.js';

const RUNTIME_PACKAGE = 'mproc-worker';
const TEST_NAME = /\.(test|spec)\.[cm]?tsx?$/;

/** One compilation. Wraps each of the compiler's objects once. */
export class Program implements Code {
  readonly checker: ts.TypeChecker;
  readonly files: readonly CodeFile[];
  readonly trace = new Trace();
  // They live as long as the program: tables that hold nothing alive would only be slower.
  readonly #nodes = new Map<ts.Node, CodeNode>();
  readonly #types = new Map<ts.Type, CodeType>();
  readonly #symbols = new Map<ts.Symbol, CodeSymbol>();
  readonly #files = new Map<ts.SourceFile, CodeFile>();
  #runtimeExports: Map<string, ts.Symbol> | undefined;
  readonly #runtimeFolders = new Set<string>();

  constructor(
    readonly ts: TypeScript,
    readonly kinds: readonly string[],
    readonly root: string,
    readonly program: ts.Program,
    /** Gives what was found in files that a change did not touch without looking again. @default all is looked at */
    private readonly judge?: () => Judgement,
  ) {
    this.checker = program.getTypeChecker();
    this.#findRuntime();
    this.files = program
      .getSourceFiles()
      .filter((file) => this.#isOwn(file))
      .map((file) => this.fileOf(file))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  file(path: string): CodeFile | undefined {
    const file = this.program.getSourceFile(path);
    return file && this.fileOf(file);
  }

  diagnostics(paths?: ReadonlySet<string>): Diagnostic[] {
    const files = this.program
      .getSourceFiles()
      .filter((file) => (paths ? paths.has(file.fileName) : this.#isOwn(file)));
    const wanted = new Set(files);
    const semantic = this.#semantic(wanted);
    const found = [
      ...this.program.getConfigFileParsingDiagnostics(),
      ...this.program.getOptionsDiagnostics(),
      ...this.program.getGlobalDiagnostics(),
      ...files.flatMap((file) => [...this.program.getSyntacticDiagnostics(file), ...semantic(file)]),
    ];
    return found
      .filter((diagnostic) => diagnostic.category === this.ts.DiagnosticCategory.Error)
      .map((diagnostic) => ({
        code: diagnostic.code,
        message: this.ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n').replace(/\n\s*/g, ' '),
        file: diagnostic.file && this.fileOf(diagnostic.file),
        start: diagnostic.start ?? 0,
        end: (diagnostic.start ?? 0) + (diagnostic.length ?? 0),
      }));
  }

  #judgement: Judgement | undefined;

  #semantic(wanted: ReadonlySet<ts.SourceFile>): (file: ts.SourceFile) => readonly ts.Diagnostic[] {
    if (!this.judge) return (file) => this.program.getSemanticDiagnostics(file);
    this.#judgement ??= this.judge();
    const { builder } = this.#judgement;
    // What a change may have made wrong has to be known before a file is asked for.
    while (builder.getSemanticDiagnosticsOfNextAffectedFile(undefined, (file) => !wanted.has(file)));
    return (file) => builder.getSemanticDiagnostics(file);
  }

  changes(): Changes | undefined {
    if (!this.judge) return undefined;
    const files = this.program.getSourceFiles().filter((file) => this.#isOwn(file));
    const semantic = this.#semantic(new Set(files));
    for (const file of files) semantic(file);
    return this.#judgement?.changes();
  }

  traced<T>(run: () => T): { readonly result: T; readonly files: ReadonlySet<string> } {
    return this.trace.apart(run);
  }

  runtime(name: string): CodeSymbol | undefined {
    const symbol = this.#runtimeExports?.get(name);
    return symbol && this.symbol(symbol);
  }

  exportsOf(file: CodeFile): ReadonlyMap<string, CodeSymbol> {
    this.trace.touch(file.path);
    const symbol = this.checker.getSymbolAtLocation(TreeNode.unwrap(file.root));
    const exports = symbol ? this.checker.getExportsOfModule(symbol) : [];
    const values = exports.filter((entry) => !entry.declarations?.some((node) => this.#isTypeOnly(node)));
    return new Map(values.map((entry) => [entry.name, this.symbol(entry)]));
  }

  /** `export type { Name }` exports nothing that runs. */
  #isTypeOnly(node: ts.Node): boolean {
    return this.ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly);
  }

  declaredType(node: CodeNode): CodeType {
    const symbol = (TreeNode.unwrap(node) as unknown as { symbol?: ts.Symbol }).symbol;
    return symbol ? this.type(this.checker.getDeclaredTypeOfSymbol(symbol)) : node.type;
  }

  #testsOutside: readonly { readonly path: string; readonly text: string }[] | undefined;

  get testsOutside(): readonly { readonly path: string; readonly text: string }[] {
    this.#testsOutside ??= this.#findTestsOutside();
    return this.#testsOutside;
  }

  #findTestsOutside(): { readonly path: string; readonly text: string }[] {
    const { sys } = this.ts;
    return sys
      .readDirectory(this.root, ['.ts', '.mts', '.tsx'], ['**/node_modules', '**/dist'], undefined, 6)
      .filter((path) => TEST_NAME.test(path) && !this.program.getSourceFile(path))
      .map((path) => ({ path, text: sys.readFile(path) ?? '' }));
  }

  position(file: CodeFile, offset: number): { line: number; column: number } {
    const source = TreeNode.unwrap(file.root) as ts.SourceFile;
    const { line, character } = source.getLineAndCharacterOfPosition(offset);
    return { line: line + 1, column: character + 1 };
  }

  commentAt(file: CodeFile, offset: number): 'line' | 'block' | undefined {
    return commentAt(this.ts, TreeNode.unwrap(file.root) as ts.SourceFile, offset);
  }

  node(node: ts.Node): CodeNode {
    return wrapOnce(this.#nodes, node, () => new TreeNode(this, node));
  }

  type(type: ts.Type): CodeType {
    return wrapOnce(this.#types, type, () => new TreeType(this, type));
  }

  typeAt(node: ts.Node): CodeType {
    return this.type(this.checker.getTypeAtLocation(node));
  }

  symbolAt(node: ts.Node): CodeSymbol | undefined {
    const declared = (node as unknown as { symbol?: ts.Symbol }).symbol;
    const shorthand = this.ts.isShorthandPropertyAssignment(node.parent ?? node)
      ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
      : undefined;
    const symbol = shorthand ?? this.checker.getSymbolAtLocation(node) ?? declared;
    return symbol && this.symbol(symbol);
  }

  symbol(symbol: ts.Symbol): CodeSymbol {
    const { SymbolFlags } = this.ts;
    const target = symbol.flags & SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
    return wrapOnce(this.#symbols, target, () => new TreeSymbol(this, target));
  }

  /** Whoever asks goes from one file to another. */
  declarationsOf(symbol: ts.Symbol): readonly CodeNode[] {
    return (symbol.declarations ?? []).map((declaration) => {
      this.trace.touch(declaration.getSourceFile().fileName);
      return this.node(declaration);
    });
  }

  fileOf(source: ts.SourceFile): CodeFile {
    let file = this.#files.get(source);
    if (!file) {
      file = {
        path: source.fileName,
        text: source.text,
        root: this.node(source),
        newline: source.text.includes('\r\n') ? '\r\n' : '\n',
        importsTypescript: importsTypescript(this.program.getCompilerOptions()),
        isJavaScript: /\.[cm]?jsx?$/.test(source.fileName),
        isTest: TEST_NAME.test(source.fileName),
        isOwn: this.#isOwn(source),
      };
      this.#files.set(source, file);
    }
    return file;
  }

  #isOwn(file: ts.SourceFile): boolean {
    return (
      !file.isDeclarationFile &&
      !file.fileName.includes('/node_modules/') &&
      file.fileName.startsWith(`${this.root}/`) &&
      !this.program.isSourceFileFromExternalLibrary(file) &&
      this.#isRuntimeFile(file.fileName) === false
    );
  }

  #isRuntimeFile(path: string): boolean {
    return [...this.#runtimeFolders].some((folder) => path.startsWith(`${folder}/`));
  }

  readonly #origins = new Map<ts.SourceFile, Origin>();

  originOf(symbol: ts.Symbol): Origin {
    const source = symbol.declarations?.[0]?.getSourceFile();
    if (!source) return 'library';
    const origin = this.#origins.get(source) ?? this.#originOf(source);
    this.#origins.set(source, origin);
    return origin;
  }

  #originOf(source: ts.SourceFile): Origin {
    if (this.#isRuntimeFile(source.fileName)) return 'runtime';
    if (this.program.isSourceFileDefaultLibrary(source)) return 'library';
    if (source.fileName.includes('/node_modules/@types/node/')) return 'library';
    return this.#isOwn(source) ? 'project' : 'package';
  }

  /** In a monorepo only some packages can resolve the runtime. */
  #userOfRuntime(): string | undefined {
    return this.program
      .getSourceFiles()
      .find((file) => !file.isDeclarationFile && /from ['"]mproc-worker['"]/.test(file.text))?.fileName;
  }

  /** The runtime is whatever `mproc-worker` resolves to from the project: a package, a link, or a path mapping. */
  #findRuntime(): void {
    const options = this.program.getCompilerOptions();
    const from = this.#userOfRuntime() ?? this.program.getRootFileNames()[0] ?? join(this.root, 'index.ts');
    const mode = this.ts.ModuleKind.ESNext;
    const found = this.ts.resolveModuleName(
      RUNTIME_PACKAGE,
      from,
      options,
      this.ts.sys,
      undefined,
      undefined,
      mode,
    );
    const path = found.resolvedModule?.resolvedFileName;
    const source = path === undefined ? undefined : this.program.getSourceFile(path);
    if (!source) return;
    const symbol = this.checker.getSymbolAtLocation(source);
    const exports = symbol ? this.checker.getExportsOfModule(symbol) : [];
    this.#runtimeFolders.add(packageFolder(this.ts, source.fileName));
    for (const entry of exports) {
      // What the package exports may be declared in another one that is part of it.
      const target = entry.flags & this.ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(entry) : entry;
      const declared = target.declarations?.[0]?.getSourceFile().fileName;
      if (declared !== undefined && !this.#isRuntimeFile(declared))
        this.#runtimeFolders.add(packageFolder(this.ts, declared));
    }
    this.#runtimeExports = new Map(exports.map((entry) => [entry.name, entry]));
  }
}

function packageFolder(ts: TypeScript, path: string): string {
  let folder = dirname(path);
  while (dirname(folder) !== folder && !ts.sys.fileExists(`${folder}/package.json`)) folder = dirname(folder);
  return folder;
}

function wrapOnce<K extends object, V>(table: Map<K, V>, key: K, make: () => V): V {
  let value = table.get(key);
  if (!value) {
    value = make();
    table.set(key, value);
  }
  return value;
}

function importsTypescript(options: ts.CompilerOptions): boolean {
  return Boolean(options.rewriteRelativeImportExtensions ?? options.allowImportingTsExtensions);
}
