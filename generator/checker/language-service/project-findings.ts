import type { ts } from 'ts-morph';
import { nodeKinds } from '../adapter/node-kinds.js';
import { Program } from '../adapter/program.js';
import { examine } from '../examine.js';
import type { FixableFinding } from '../findings.js';
import { readSettings, withSettings } from '../settings.js';

export interface ProjectFindingsOptions {
  /** The compiler that made the programs. */
  readonly ts: typeof ts;
  /** The folder of the project. */
  readonly root: string;
  readonly configFile: string;
  /** Called before each rule; may throw to end the examination. */
  readonly pause: () => void;
  /** Is told what cannot be shown in a file. */
  readonly log: (line: string) => void;
}

/** What the rules say of a program that somebody else has compiled: once for each program, by the paths of its files. */
export class ProjectFindings {
  readonly #options: ProjectFindingsOptions;
  readonly #kinds: readonly string[];
  #examined:
    | { readonly program: ts.Program; readonly byPath: ReadonlyMap<string, FixableFinding[]> }
    | undefined;

  constructor(options: ProjectFindingsOptions) {
    this.#options = options;
    this.#kinds = nodeKinds(options.ts);
  }

  in(program: ts.Program, path: string): readonly FixableFinding[] {
    if (this.#examined?.program !== program) {
      this.#examined = { program, byPath: byPath(this.#examine(program)) };
    }
    return this.#examined.byPath.get(path) ?? [];
  }

  #examine(program: ts.Program): readonly FixableFinding[] {
    const { ts, root, configFile, pause, log } = this.#options;
    const code = new Program(ts, this.#kinds, root, program);
    const { findings } = examine(code, { root, configFile, pause });
    for (const { rule, message } of findings) if (rule === 'check-failed') log(message);
    return withSettings(findings, this.#settings());
  }

  #settings() {
    try {
      return readSettings(this.#options.root);
    } catch (error) {
      this.#options.log(String(error));
      return {};
    }
  }
}

function byPath(findings: readonly FixableFinding[]): Map<string, FixableFinding[]> {
  const table = new Map<string, FixableFinding[]>();
  for (const finding of findings) table.set(finding.path, [...(table.get(finding.path) ?? []), finding]);
  return table;
}
