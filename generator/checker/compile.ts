import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Compiler, OwnCompiler, OwnDiagnostic } from './adapter/index.js';
import type { FixableFinding } from './findings.js';
import { plainFinding, startOf } from './own-findings.js';

/** What the project's own compiler says of some configurations. */
export interface Compilation {
  readonly findings: readonly FixableFinding[];
  /** The configurations that it could not answer for. */
  readonly unanswered: ReadonlySet<string>;
  readonly ms: number;
}

/**
 * Asks the project's own compiler, in processes beside this one. A configuration that refers to others needs them built, so
 * it is left to the compiler of the rules, which reads their sources.
 */
export async function compile(
  own: OwnCompiler | undefined,
  compilers: readonly Compiler[],
  root: string,
): Promise<Compilation> {
  const begun = performance.now();
  const unanswered = new Set<string>();
  const findings: FixableFinding[] = [];
  await Promise.all(
    compilers.map(async (compiler) => {
      const said = compiler.refersToOthers ? undefined : await own?.diagnose(compiler.configFile);
      if (said)
        findings.push(...said.filter((each) => isOwn(each, root)).map((each) => found(each, compiler, root)));
      else unanswered.add(compiler.configFile);
    }),
  );
  return { findings, unanswered, ms: performance.now() - begun };
}

/** What is installed, or stands elsewhere, is not the project's business. */
function isOwn({ path }: OwnDiagnostic, root: string): boolean {
  return path === undefined || (path.startsWith(`${root}/`) && !path.includes('/node_modules/'));
}

function found(
  { code, message, path, line, column }: OwnDiagnostic,
  { configFile }: Compiler,
  root: string,
): FixableFinding {
  const at = path ?? configFile;
  const shown = relative(root, at).replaceAll('\\', '/');
  const endColumn = path === undefined ? column : column + lengthAt(path, line, column);
  const place = { ...startOf(at, shown), line, column, endLine: line, endColumn };
  return plainFinding('typescript', 'error', place, `TS${code}: ${message}`);
}

/** How long the word or text is that a finding points at: `tsc` says only where it begins. */
function lengthAt(path: string, line: number, column: number): number {
  try {
    const text =
      readFileSync(path, 'utf8')
        .replace(/^\uFEFF/, '')
        .split('\n')[line - 1] ?? '';
    return /^([\w$]+|'[^']*'|"[^"]*"|.)/.exec(text.slice(column - 1))?.[0].length ?? 0;
  } catch {
    return 0;
  }
}
