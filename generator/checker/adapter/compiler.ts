import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ts } from 'ts-morph';
import { CheckUsageError } from '../usage-error.js';
import type { Code, Compiler } from './contract.js';
import { Judgement } from './judgement.js';
import { type LoadedCompiler, loadCompiler, type TypeScript } from './load.js';
import { nodeKinds } from './node-kinds.js';
import { Program } from './program.js';
import { findUnlisted } from './unlisted.js';

interface CachedFile {
  readonly version: string;
  readonly source: ts.SourceFile;
}

/** As the compiler tells files that changed from those that did not. */
type Versioned = ts.SourceFile & { version?: string };

/**
 * What is compiled `again` is looked at where a change may have made it wrong. What is `watched` is prepared for changes: the
 * first time takes longer.
 */
export type Use = 'once' | 'again' | 'watched';

/** Parsed files by what they were parsed for: projects that are checked by one process share what is installed. */
const parsed = new Map<string, Map<string, CachedFile>>();

/** Compiles a project again and again; files that did not change are parsed once. */
class ProjectCompiler implements Compiler {
  readonly #kinds: readonly string[];
  #previous: ts.Program | undefined;
  /** Knows which files a change may have made wrong: only those are looked at again. */
  #judged: Judgement | undefined;
  #overlay: ReadonlyMap<string, string> = new Map();

  readonly #others = new Map<string, ProjectCompiler>();
  readonly ts: TypeScript;

  constructor(
    readonly loaded: LoadedCompiler,
    readonly root: string,
    readonly configFile: string,
    private readonly use: Use,
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
        const compiler =
          this.#others.get(path) ?? new ProjectCompiler(this.loaded, this.root, path, this.use);
        this.#others.set(path, compiler);
        found.set(path, compiler);
        follow(compiler.#readConfig());
      }
    };
    follow(this.#readConfig());
    return [...found.values()];
  }

  refresh(): void {
    this.#config = undefined;
    this.#unlisted = undefined;
    for (const other of this.#others.values()) other.refresh();
  }

  unlisted(listed: ReadonlySet<string>): readonly string[] {
    this.#unlisted ??= this.#findUnlisted(listed);
    return this.#unlisted;
  }

  #findUnlisted(listed: ReadonlySet<string>): readonly string[] {
    const { outDir, declarationDir } = this.#readConfig().options;
    return findUnlisted(
      this.ts,
      this.root,
      listed,
      [outDir, declarationDir].filter((folder) => folder !== undefined),
    );
  }

  get isOwn(): boolean {
    return this.loaded.isOwn;
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
    const host = this.#host(config.options);
    const options: ts.CreateProgramOptions = {
      rootNames: config.fileNames,
      options: withoutOutput(config.options),
      host,
      configFileParsingDiagnostics: config.errors,
      ...(this.#previous ? { oldProgram: this.#previous } : {}),
    };
    if (config.projectReferences) options.projectReferences = config.projectReferences;
    const program = this.ts.createProgram(options);
    this.#previous = program;
    return new Program(
      this.ts,
      this.#kinds,
      this.root,
      program,
      this.use === 'once' ? undefined : () => this.#judge(program),
    );
  }

  #judge(program: ts.Program): Judgement {
    this.#judged = new Judgement(this.ts, program, this.#judged, this.use === 'watched');
    return this.#judged;
  }

  #config: ts.ParsedCommandLine | undefined;
  #unlisted: readonly string[] | undefined;

  #readConfig(): ts.ParsedCommandLine {
    this.#config ??= this.#parseConfig();
    return this.#config;
  }

  #parseConfig(): ts.ParsedCommandLine {
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
      // As `tsc` has it: comments of TypeScript say nothing to it, those of JavaScript do.
      jsDocParsingMode: this.ts.JSDocParsingMode.ParseForTypeErrors,
      // A project that is referred to is read from its sources, built or not.
      useSourceOfProjectReferenceRedirect: () => true,
      ...(libFolder !== undefined && {
        getDefaultLibLocation: () => libFolder,
        getDefaultLibFileName: (wanted) => `${libFolder}/${this.ts.getDefaultLibFileName(wanted)}`,
      }),
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
    if (known?.version === version && isParsedFor(known.source, languageOptions)) return known.source;
    const text = replaced ?? this.loaded.libTexts.get(path) ?? this.ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const source: Versioned = this.ts.createSourceFile(path, text, languageOptions);
    source.version = version;
    cache.set(path, { version, source });
    return source;
  }

  #versionOnDisk(path: string): string {
    // What is installed does not change while a check runs or watches; asking for each file's time would cost more.
    if (path.includes('/node_modules/')) return 'installed';
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats ? `disk:${stats.mtimeMs}:${stats.ino}:${stats.size}` : 'none';
  }
}

/** Nothing is written. What is said of a file for what is built in steps would hide all else. */
function withoutOutput({ tsBuildInfoFile: _, ...options }: ts.CompilerOptions): ts.CompilerOptions {
  // Else what stands two imports away would be taken to change nothing.
  const repeated = { assumeChangesOnlyAffectDirectDependencies: false };
  return { ...options, ...repeated, noEmit: true, incremental: false, composite: false };
}

/** Whether a module is CommonJS is told by the nearest package.json. */
function isParsedFor(source: ts.SourceFile, options: ts.ScriptTarget | ts.CreateSourceFileOptions): boolean {
  return typeof options !== 'object' || source.impliedNodeFormat === options.impliedNodeFormat;
}

/**
 * @param use how often it compiles. @default `again`
 * @throws CheckUsageError when the project has no `tsconfig.json`, or no compiler can be loaded
 */
export function openProject(root: string, use: Use = 'again'): Compiler {
  const loaded = loadCompiler(root);
  const { ts } = loaded;
  const folder = ts.sys.resolvePath(ts.sys.realpath?.(root) ?? root).replaceAll('\\', '/');
  const configFile = join(folder, 'tsconfig.json');
  if (!ts.sys.fileExists(configFile)) {
    throw new CheckUsageError(
      `no tsconfig.json in ${folder}: run check in the folder of a project, or name it with --cwd <dir>`,
    );
  }
  return new ProjectCompiler(loaded, folder, configFile, use);
}
