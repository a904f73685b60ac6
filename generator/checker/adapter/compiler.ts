import { join } from 'node:path';
import type { ts } from 'ts-morph';
import { CheckUsageError } from '../usage-error.js';
import type { Code, Compiler } from './contract.js';
import { type LoadedCompiler, loadCompiler, type TypeScript } from './load.js';
import { nodeKinds } from './node-kinds.js';
import { Program } from './program.js';
import { findUnlisted } from './unlisted.js';

interface CachedFile {
  readonly version: string;
  readonly source: ts.SourceFile;
}

/** Parsed files by what they were parsed for: projects that are checked by one process share what is installed. */
const parsed = new Map<string, Map<string, CachedFile>>();

/** Compiles a project again and again; files that did not change are parsed once. */
class ProjectCompiler implements Compiler {
  readonly #kinds: readonly string[];
  #previous: ts.Program | undefined;
  #overlay: ReadonlyMap<string, string> = new Map();

  readonly #others = new Map<string, ProjectCompiler>();
  readonly ts: TypeScript;

  constructor(
    readonly loaded: LoadedCompiler,
    readonly root: string,
    readonly configFile: string,
  ) {
    this.ts = loaded.ts;
    this.#kinds = nodeKinds(this.ts);
  }

  referenced(): readonly Compiler[] {
    const found = new Map<string, ProjectCompiler>();
    const follow = ({ projectReferences }: ts.ParsedCommandLine): void => {
      for (const reference of projectReferences ?? []) {
        const path = this.ts.resolveProjectReferencePath(reference);
        if (path === this.configFile || found.has(path) || !this.ts.sys.fileExists(path)) continue;
        const compiler = this.#others.get(path) ?? new ProjectCompiler(this.loaded, this.root, path);
        this.#others.set(path, compiler);
        found.set(path, compiler);
        follow(compiler.#readConfig());
      }
    };
    follow(this.#readConfig());
    return [...found.values()];
  }

  unlisted(listed: ReadonlySet<string>): readonly string[] {
    const { outDir, declarationDir } = this.#readConfig().options;
    return findUnlisted(
      this.ts,
      this.root,
      listed,
      [outDir, declarationDir].filter((folder) => folder !== undefined),
    );
  }

  get refersToOthers(): boolean {
    return (this.#readConfig().projectReferences ?? []).length > 0;
  }

  get allowsJavaScript(): boolean {
    const { allowJs, checkJs } = this.#readConfig().options;
    return allowJs ?? checkJs ?? false;
  }

  compile(overlay: ReadonlyMap<string, string> = new Map()): Code {
    this.#overlay = overlay;
    const config = this.#readConfig();
    const options: ts.CreateProgramOptions = {
      rootNames: config.fileNames,
      options: { ...config.options, noEmit: true, incremental: false, composite: false },
      host: this.#host(config.options),
      configFileParsingDiagnostics: config.errors,
      ...(this.#previous ? { oldProgram: this.#previous } : {}),
    };
    if (config.projectReferences) options.projectReferences = config.projectReferences;
    this.#previous = this.ts.createProgram(options);
    return new Program(this.ts, this.#kinds, this.root, this.#previous);
  }

  #readConfig(): ts.ParsedCommandLine {
    const { sys } = this.ts;
    let unreadable = '';
    const parsed = this.ts.getParsedCommandLineOfConfigFile(this.configFile, undefined, {
      fileExists: sys.fileExists,
      readFile: sys.readFile,
      readDirectory: sys.readDirectory,
      useCaseSensitiveFileNames: sys.useCaseSensitiveFileNames,
      getCurrentDirectory: () => this.root,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        unreadable = this.ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      },
    });
    if (!parsed) throw new CheckUsageError(`${this.configFile} cannot be read: ${unreadable}`);
    return parsed;
  }

  #host(options: ts.CompilerOptions): ts.CompilerHost {
    const host = this.ts.createCompilerHost(options, true);
    const { libFolder, libTexts } = this.loaded;
    const cache = this.#cacheFor(options);
    const withReferences: ts.CompilerHost & { useSourceOfProjectReferenceRedirect(): boolean } = {
      ...host,
      getCurrentDirectory: () => this.root,
      // A project that is referred to is read from its sources, built or not.
      useSourceOfProjectReferenceRedirect: () => true,
      getDefaultLibLocation: () => libFolder,
      getDefaultLibFileName: (wanted) => `${libFolder}/${this.ts.getDefaultLibFileName(wanted)}`,
      fileExists: (path) => this.#overlay.has(path) || libTexts.has(path) || host.fileExists(path),
      readFile: (path) => this.#overlay.get(path) ?? libTexts.get(path) ?? host.readFile(path),
      getSourceFile: (path, languageOptions) => this.#sourceFile(cache, path, languageOptions),
    };
    return withReferences;
  }

  #cacheFor(options: ts.CompilerOptions): Map<string, CachedFile> {
    // How a file is parsed does not depend on where the project is.
    const settings = Object.entries(options).filter(([name]) => !/path|dir|root/i.test(name));
    const key = `${this.ts.version} ${JSON.stringify(settings)}`;
    const cache = parsed.get(key) ?? new Map<string, CachedFile>();
    parsed.set(key, cache);
    return cache;
  }

  #sourceFile(
    cache: Map<string, CachedFile>,
    path: string,
    languageOptions: ts.ScriptTarget | ts.CreateSourceFileOptions,
  ): ts.SourceFile | undefined {
    const replaced = this.#overlay.get(path);
    const version = replaced === undefined ? this.#versionOnDisk(path) : `text:${replaced}`;
    const known = cache.get(path);
    if (known?.version === version) return known.source;
    const text = replaced ?? this.loaded.libTexts.get(path) ?? this.ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const source = this.ts.createSourceFile(path, text, languageOptions);
    cache.set(path, { version, source });
    return source;
  }

  #versionOnDisk(path: string): string {
    // What is installed does not change while a check runs or watches; asking for each file's time would cost more.
    if (path.includes('/node_modules/')) return 'installed';
    return `disk:${this.ts.sys.getModifiedTime?.(path)?.getTime() ?? 0}:${this.ts.sys.readFile(path)?.length ?? -1}`;
  }
}

/** @throws CheckUsageError when the project has no `tsconfig.json`, or no compiler can be loaded. */
export function openProject(root: string): Compiler {
  const loaded = loadCompiler(root);
  const { ts } = loaded;
  const folder = ts.sys.resolvePath(ts.sys.realpath?.(root) ?? root).replaceAll('\\', '/');
  const configFile = join(folder, 'tsconfig.json');
  if (!ts.sys.fileExists(configFile)) {
    throw new CheckUsageError(
      `no tsconfig.json in ${folder}: run check in the folder of a project, or name it with --cwd <dir>`,
    );
  }
  return new ProjectCompiler(loaded, folder, configFile);
}
