import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Compiler, openProject } from '../adapter/index.js';
import { type Analysis, analyse } from '../analyse.js';
import type { FixableFinding, PlacedEdit } from '../findings.js';
import { applyEdits } from '../fix/edits.js';
import { readSettings, withSettings } from '../settings.js';

/** A text that is not on disk: of an editor, or of a repair that is not written yet. */
interface Edited {
  readonly path: string;
  readonly text: string;
}

interface Looked {
  readonly analysis: Analysis;
  /** How each file was, by path. */
  readonly stamps: Map<string, string>;
  readonly madeAtMs: number;
  /** When the files were last found to be as they were, in milliseconds of `performance.now()`. */
  trustedAt: number;
}

/** How long files that were not linted themselves are taken to be as they were. */
const TRUSTED_MS = 1000;
const projects = new Map<string, LintedProject>();

/** The project of a file: the nearest `tsconfig.json` above it; `undefined` where there is none. */
export function projectOf(path: string): LintedProject | undefined {
  for (let folder = dirname(realPath(path)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'tsconfig.json'))) {
      const project = projects.get(folder) ?? new LintedProject(folder);
      projects.set(folder, project);
      return project;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** A project whose files are linted one by one, by one rule after the other: it is looked at once for all of them. */
export class LintedProject {
  readonly #root: string;
  readonly #compiler: Compiler;
  #onDisk: Looked | undefined;
  #edited: (Looked & Edited) | undefined;
  readonly #told = new Set<string>();
  readonly #vetted = new WeakMap<readonly PlacedEdit[], boolean>();

  constructor(root: string) {
    this.#root = root;
    this.#compiler = openProject(root);
  }

  /** What there is to say of a file that has this text. The compiler knows a file behind a link by where it lies. */
  findingsIn(path: string, text: string): readonly FixableFinding[] {
    const place = realPath(path);
    return this.#analysisFor(place, text).findings.filter((finding) => finding.path === place);
  }

  /** That a rule could not look at everything, which belongs to no file: each time once. */
  failures(path: string, text: string): readonly FixableFinding[] {
    const failed = this.#analysisFor(realPath(path), text).findings.filter(
      ({ rule, message }) => rule === 'check-failed' && !this.#told.has(message),
    );
    for (const { message } of failed) this.#told.add(message);
    return failed;
  }

  /** Whether edits of one file leave it with no new error. */
  keepsCompiling(edits: readonly PlacedEdit[], linted: string, text: string): boolean {
    const path = realPath(linted);
    if (edits.some((edit) => edit.file.path !== path || edit.file.text !== text)) return false;
    const known = this.#vetted.get(edits);
    if (known !== undefined) return known;
    const errors = (version: string) => {
      const overlay = new Map([[path, version]]);
      return [this.#compiler, ...this.#compiler.referenced()].reduce((count, compiler) => {
        const code = compiler.compile(overlay);
        return count + code.diagnostics(new Set([path])).filter(({ file }) => file?.path === path).length;
      }, 0);
    };
    const keeps = errors(applyEdits(text, edits)) <= errors(text);
    this.#vetted.set(edits, keeps);
    return keeps;
  }

  #analysisFor(path: string, text: string): Analysis {
    if (text === readText(path)) {
      if (!this.#onDisk || !isCurrent(this.#onDisk, path)) this.#onDisk = this.#look();
      return this.#onDisk.analysis;
    }
    const edited = this.#edited;
    if (edited?.path === path && edited.text === text && isCurrent(edited, path)) return edited.analysis;
    this.#edited = { ...this.#look({ path, text }), path, text };
    return this.#edited.analysis;
  }

  #look(edited?: Edited): Looked {
    const madeAtMs = Date.now();
    const overlay = new Map(edited ? [[edited.path, edited.text]] : []);
    const analysis = analyse(this.#compiler, { root: this.#root, overlay, diagnoses: () => false });
    const findings = withSettings(analysis.findings, readSettings(this.#root));
    const files = [this.#compiler.configFile, ...analysis.paths];
    const stamps = new Map(files.map((path) => [path, stampOf(path)]));
    return { analysis: { ...analysis, findings }, stamps, madeAtMs, trustedAt: performance.now() };
  }
}

function isCurrent(looked: Looked, linted: string): boolean {
  const { stamps } = looked;
  const isSame = (path: string) => stamps.get(path) === stampOf(path);
  if (!stamps.has(linted)) {
    // One that is new may be part of the project; one that was there is not.
    if (changedAtMs(linted) >= looked.madeAtMs) return false;
    stamps.set(linted, stampOf(linted));
  }
  if (!isSame(linted)) return false;
  const now = performance.now();
  if (now - looked.trustedAt < TRUSTED_MS) return true;
  looked.trustedAt = now;
  return [...stamps.keys()].every(isSame);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size}` : '';
}

function changedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
}

/** As a linter gives it, without a byte order mark. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}
