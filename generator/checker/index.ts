import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { type Compiler, findOwnCompiler, type OwnCompiler, openProject } from './adapter/index.js';
import { type Analysis, analyse, inOrder } from './analyse.js';
import { baselinePath, readBaseline, withoutKnown, writeBaseline } from './baseline.js';
import { compile } from './compile.js';
import type { FixableFinding } from './findings.js';
import { fix } from './fix/fix.js';
import { replaceFile } from './fix/replace-file.js';
import { formatGithub } from './formats/github.js';
import { formatJson } from './formats/json.js';
import { formatPretty } from './formats/pretty.js';
import { nothingToCheck, type Report } from './formats/report.js';
import { formatSarif } from './formats/sarif.js';
import { knownFaults } from './known-faults.js';
import { readSettings, withSettings } from './settings.js';
import { CheckUsageError } from './usage-error.js';
import { isOfCheck, type WatchedChanges, watchProject } from './watch.js';

export type { Finding, Severity } from './findings.js';

export interface CheckOptions {
  /** The folder of the project, where its tsconfig.json is. */
  readonly root: string;
  /** Files and folders to report about; all when empty. */
  readonly paths: readonly string[];
  readonly fix: boolean;
  /** Also repairs that may change what the code does. @default false */
  readonly fixSuggested?: boolean;
  /** Shows what would be repaired as a diff, and writes nothing. @default false */
  readonly dryRun?: boolean;
  readonly format: 'pretty' | 'json' | 'sarif' | 'github';
  readonly watch: boolean;
  /**
   * `use` leaves out what `.mproc/check-baseline.json` holds, `write` makes that file of what there is, `ignore` reports all.
   * @default the environment's MPROC_CHECK_BASELINE, else `use`
   */
  readonly baseline?: 'use' | 'write' | 'ignore';
}

/** Where the check says things; the process's own streams unless given. */
export interface CheckHooks {
  readonly stdout?: (text: string) => void;
  readonly stderr?: (text: string) => void;
  /** Whether `pretty` may use colours. @default a terminal without NO_COLOR */
  readonly colors?: boolean;
  /** Ends `watch`. @default SIGINT */
  readonly signal?: AbortSignal;
}

type Output = Required<Omit<CheckHooks, 'signal'>> & Pick<CheckHooks, 'signal'>;

/** Checks a project and prints what was found. @returns 0, 1 when there is an error, 2 when the check could not be done */
export async function runCheck(options: CheckOptions, hooks: CheckHooks = {}): Promise<number> {
  const output: Output = {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    colors: process.stdout.isTTY === true && !process.env.NO_COLOR,
    ...hooks,
  };
  try {
    const root = folderOf(options.root);
    const isRepaired = options.fix || options.fixSuggested === true;
    const compiler = openProject(root, options.watch ? 'watched' : isRepaired ? 'again' : 'once');
    const project = { root, compiler, own: compiler.isOwn ? undefined : findOwnCompiler(root) };
    if (!options.watch) return await report(project, options, output);
    // What is compiled again and again is compiled here, where most is kept from one time to the next.
    const watched = { ...project, own: undefined };
    return await watchProject(root, (changed) => report(watched, options, output, changed), output);
  } catch (error) {
    if (!(error instanceof CheckUsageError)) throw error;
    output.stderr(`${error.message}\n`);
    return 2;
  }
}

function folderOf(path: string): string {
  const folder = resolve(path);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new CheckUsageError(`${folder} is not a folder: name the folder of a project`);
  }
  return realpathSync(folder);
}

/** The rules run here while the project's own compiler runs beside. */
async function compiled({ root, compiler, own }: OpenProject, onlyTexts: boolean): Promise<Analysis> {
  if (!own) return analyse(compiler, { root, onlyTexts });
  const compilers = [compiler, ...compiler.referenced()];
  if (compilers.every((each) => each.refersToOthers)) return analyse(compiler, { root });
  const asked = compile(own, compilers, root);
  const isLeft = (configFile: string) =>
    compilers.some((each) => each.configFile === configFile && each.refersToOthers);
  const ruled = analyse(compiler, { root, diagnoses: isLeft });
  const { findings, unanswered, ms } = await asked;
  // A compiler that could not be run leaves the answer to that of the rules.
  if ([...unanswered].some((configFile) => !isLeft(configFile))) return analyse(compiler, { root });
  return {
    ...ruled,
    findings: inOrder([...ruled.findings, ...findings]),
    compilerMs: ms,
    // What the rules compile for themselves is their time.
    rulesMs: ruled.compilerMs + ruled.rulesMs,
    wallMs: Math.max(ms, ruled.compilerMs + ruled.rulesMs),
  };
}

interface OpenProject {
  readonly root: string;
  readonly compiler: Compiler;
  /** The compiler that the project has installed, where the rules cannot use it. */
  readonly own: OwnCompiler | undefined;
  /** What the last check looked at. */
  paths?: ReadonlySet<string>;
  /** Of generated files, as the last check found them. */
  faults?: readonly FixableFinding[];
}

/** Whether all that changed are texts of files that were looked at before: the same files, under the same configuration. */
function hasOnlyTexts({ paths }: OpenProject, { renamed, written }: WatchedChanges): boolean {
  return renamed.size === 0 && [...written].every((path) => paths?.has(path) || isOfCheck(path));
}

/** Generated files with a known fault are queues. */
function hasQueue(changed: WatchedChanges | undefined): boolean {
  return [...(changed?.written ?? [])].some((path) => path.includes('queue'));
}

async function report(
  project: OpenProject,
  options: CheckOptions,
  output: Output,
  changed?: WatchedChanges,
): Promise<number> {
  const { root, compiler } = project;
  const isWanted = filterOf(root, options.paths);
  const isRepaired = options.fix || options.fixSuggested === true;
  const onlyTexts = changed !== undefined && hasOnlyTexts(project, changed);
  const first = isRepaired ? analyse(compiler, { root, onlyTexts }) : await compiled(project, onlyTexts);
  project.paths = new Set(first.paths);
  const { analysis, fixed } = isRepaired
    ? repair(compiler, root, isWanted, first, options, output)
    : { analysis: first, fixed: 0 };
  const settings = readSettings(root);
  if (!onlyTexts || hasQueue(changed)) project.faults = knownFaults(root);
  const all = inOrder([...analysis.findings, ...(project.faults ?? [])]);
  const wanted = withSettings(all, settings).filter((finding) => isWanted(finding.path));
  const findings = againstBaseline(root, options, wanted);
  const { compilerMs, rulesMs } = first;
  const told: Report = {
    findings,
    checked: analysis.checked,
    files: analysis.files,
    ms: Math.round(first.wallMs ?? compilerMs + rulesMs),
    tiers: { compilerMs: Math.round(compilerMs), rulesMs: Math.round(rulesMs) },
    fixed,
    known: wanted.length - findings.length,
  };
  output.stdout(render(options.format, output.colors, told));
  const nothing = options.format === 'pretty' ? undefined : nothingToCheck(told);
  if (nothing !== undefined) output.stderr(`${nothing}\n`);
  return findings.some((finding) => finding.severity === 'error') ? 1 : 0;
}

/** Files outside the project are left alone, also where a link leads to them. */
function repair(
  compiler: Compiler,
  root: string,
  isWanted: (path: string) => boolean,
  first: Analysis,
  options: CheckOptions,
  output: Output,
) {
  const mayChange = (path: string) => isWanted(path) && existsSync(path) && realpathSync(path) === path;
  const outcome = fix(compiler, { root, suggested: options.fixSuggested === true }, first, mayChange);
  if (options.dryRun) {
    const diff = [...outcome.texts].map(([path, text]) => diffOf(root, path, text)).join('');
    // What reads the other formats expects nothing else.
    if (options.format === 'pretty') output.stdout(diff);
    else output.stderr(diff);
  } else {
    for (const [path, text] of outcome.texts) replaceFile(path, text);
  }
  return outcome;
}

function diffOf(root: string, path: string, text: string): string {
  const name = relative(root, path).replaceAll('\\', '/');
  const before = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, text).replace(/^=+\n/, '');
}

function againstBaseline(root: string, options: CheckOptions, findings: readonly FixableFinding[]) {
  const mode = options.baseline ?? process.env.MPROC_CHECK_BASELINE ?? 'use';
  const path = baselinePath(root);
  if (mode === 'write') writeBaseline(path, findings);
  return mode === 'ignore' ? findings : withoutKnown(findings, readBaseline(path));
}

function render(format: CheckOptions['format'], colors: boolean, report: Report): string {
  switch (format) {
    case 'json':
      return formatJson(report);
    case 'sarif':
      return formatSarif(report);
    case 'github':
      return formatGithub(report);
    default:
      return formatPretty(report, { colors });
  }
}

/** @throws CheckUsageError for a path that is not there */
function filterOf(root: string, paths: readonly string[]): (path: string) => boolean {
  if (paths.length === 0) return () => true;
  const wanted = paths.map((path) => {
    const candidates = isAbsolute(path) ? [path] : [resolve(path), join(root, path)];
    const absolute = candidates.find((candidate) => existsSync(candidate) && isBelow(candidate, root));
    if (absolute === undefined) {
      throw new CheckUsageError(`${path} is not in ${root}: name a file or folder of the project`);
    }
    return realpathSync(absolute);
  });
  return (path) => wanted.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function isBelow(path: string, root: string): boolean {
  const real = realpathSync(path);
  return real === root || real.startsWith(`${root}/`);
}
