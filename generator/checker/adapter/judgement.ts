import type { ts } from 'ts-morph';
import type { Changes } from './contract.js';
import type { TypeScript } from './load.js';

type Versioned = ts.SourceFile & { version: string };
type Check = (file: ts.SourceFile | undefined, ...more: never[]) => unknown;

/** What the builder asks to check a file; only one of them in each version of the compiler. */
const CHECKS = ['getBindAndCheckDiagnostics', 'getSemanticDiagnostics'] as const;

/** What the compiler says of a program, of which it looks again at what a change may have made wrong. */
export class Judgement {
  readonly builder: ts.SemanticDiagnosticsBuilderProgram;
  readonly program: ts.Program;
  readonly #previous: ts.Program | undefined;
  readonly #checked = new Set<string>();

  /** @param knowsShapes whether what files declare for others is to be found out at once */
  constructor(ts: TypeScript, program: ts.Program, before: Judgement | undefined, knowsShapes: boolean) {
    this.program = program;
    this.#previous = before === undefined ? undefined : before.program;
    this.#noteChecks();
    const create = (old: ts.SemanticDiagnosticsBuilderProgram | undefined) =>
      ts.createSemanticDiagnosticsBuilderProgram(program, { createHash: (text) => text }, old);
    this.builder = create(
      before?.builder ?? (knowsShapes ? this.#asIfOlder(() => create(undefined)) : undefined),
    );
  }

  /**
   * The builder finds out what a file declares for others when the file has changed. Until then it takes each change for one
   * of that, and checks all that import the file, near and far. So it is told at the start that all files have changed.
   */
  #asIfOlder<T>(create: () => T): T {
    const files = this.program.getSourceFiles().filter((file) => !file.isDeclarationFile) as Versioned[];
    const versions = files.map((file) => file.version);
    for (const file of files) file.version = `before ${file.version}`;
    try {
      return create();
    } finally {
      for (const [index, file] of files.entries()) file.version = versions[index]!;
    }
  }

  /** The builder asks the program for a file only if it does not know what will be said. */
  #noteChecks(): void {
    const program = this.program as unknown as Record<(typeof CHECKS)[number], Check | undefined>;
    for (const name of CHECKS) {
      const check = program[name]?.bind(program);
      if (!check) continue;
      program[name] = (file, ...more) => {
        if (file) this.#checked.add(file.fileName);
        return check(file, ...more);
      };
    }
  }

  /** Once all files of the project have been asked for. */
  changes(): Changes | undefined {
    const before = this.#previous;
    if (!before || settingsOf(before) !== settingsOf(this.program)) return undefined;
    return { affected: this.#checked, changed: changedFiles(before, this.program) };
  }
}

function settingsOf(program: ts.Program): string {
  return JSON.stringify(program.getCompilerOptions());
}

/** A file that did not change is the same object. */
function changedFiles(before: ts.Program, after: ts.Program): Set<string> {
  const old = new Map(before.getSourceFiles().map((file) => [file.fileName, file]));
  const changed = new Set<string>();
  for (const file of after.getSourceFiles()) {
    if (old.get(file.fileName) !== file) changed.add(file.fileName);
    old.delete(file.fileName);
  }
  for (const path of old.keys()) changed.add(path);
  return changed;
}
