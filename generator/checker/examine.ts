import { relative } from 'node:path';
import type { Changes, Code, CodeFile } from './adapter/index.js';
import type { FixableFinding } from './findings.js';
import { AskedProject, answersAsBefore } from './model/asked-project.js';
import { FACTS, type FileFacts } from './model/file-facts.js';
import { describeFile, type FileModel } from './model/file-model.js';
import { KnownProject, type WholeProject } from './model/whole-project.js';
import { ownFinding, startOf } from './own-findings.js';
import { placed } from './placed.js';
import type { Rule } from './rule.js';
import { RULES } from './rules/index.js';
import { suppress } from './suppress.js';

export interface ExamineOptions {
  /** The folder of the project: paths are shown relative to it. */
  readonly root: string;
  /** Where it is told that a rule could not look at everything. */
  readonly configFile: string;
  /** @default all */
  readonly rules?: readonly Rule[];
  /** Called before each file. What it throws ends the examination: an editor wants another one by then. */
  readonly pause?: () => void;
}

export interface Checked {
  readonly workers: number;
  readonly listeners: number;
  readonly queues: number;
  readonly strategies: number;
}

export interface Examination {
  readonly findings: readonly FixableFinding[];
  readonly checked: Checked;
}

/** What was found from one file on. Nothing of it holds the compiled project. */
interface Looked {
  readonly findings: readonly FixableFinding[];
  readonly failures: readonly { readonly rule: string; readonly error: string }[];
  readonly checked: Checked;
  /** The files whose text it follows from, beside those whose types it follows from. */
  readonly files: ReadonlySet<string>;
  readonly answers: ReadonlyMap<string, string>;
}

interface KnownFact {
  readonly value: unknown;
  readonly files: ReadonlySet<string>;
}

/**
 * Looks at compiled code with every rule, file by file, and heeds what its comments suppress. From one compilation to the
 * next it keeps what a change cannot have touched: the file, what its types are made of, the code that was followed into
 * other files, and what it asked of the whole project are as they were.
 */
export class Examiner {
  readonly #looked = new Map<string, Looked>();
  readonly #facts = new Map<string, Map<keyof FileFacts, KnownFact>>();

  /** @param changes since the last call; `undefined` when anything may be new */
  examine(code: Code, options: ExamineOptions, changes?: Changes): Examination {
    this.#forget(code, changes);
    const models = new Map(code.files.map((file) => [file.path, describeFile(code, file)]));
    const whole = new KnownProject(
      (kind) => this.#factsOf(kind, code, models),
      () => code.testsOutside,
    );
    const look = (file: CodeFile) => {
      options.pause?.();
      this.#looked.set(file.path, lookAt(models.get(file.path)!, code, whole, options));
    };
    const known = code.files.filter((file) => this.#looked.has(file.path));
    for (const file of code.files) if (!this.#looked.has(file.path)) look(file);
    for (const file of known) if (!answersAsBefore(whole, this.#looked.get(file.path)!.answers)) look(file);
    return together(
      code,
      options,
      code.files.map((file) => this.#looked.get(file.path)!),
    );
  }

  #forget(code: Code, changes: Changes | undefined): void {
    const isStale = (path: string, files: ReadonlySet<string>) =>
      changes === undefined ||
      changes.affected.has(path) ||
      changes.changed.has(path) ||
      code.file(path) === undefined ||
      [...files].some((file) => changes.changed.has(file));
    for (const [path, { files }] of this.#looked) if (isStale(path, files)) this.#looked.delete(path);
    for (const [path, facts] of this.#facts)
      for (const [kind, { files }] of facts) if (isStale(path, files)) facts.delete(kind);
  }

  #factsOf<K extends keyof FileFacts>(
    kind: K,
    code: Code,
    models: ReadonlyMap<string, FileModel>,
  ): ReadonlyMap<string, FileFacts[K]> {
    const found = new Map<string, FileFacts[K]>();
    for (const [path, model] of models) {
      const facts = this.#facts.get(path) ?? new Map<keyof FileFacts, KnownFact>();
      this.#facts.set(path, facts);
      let fact = facts.get(kind);
      if (!fact) {
        const { result, files } = code.traced(() => FACTS[kind](code, model));
        fact = { value: result, files };
        facts.set(kind, fact);
      }
      found.set(path, fact.value as FileFacts[K]);
    }
    return found;
  }
}

/** Looks at all of it, once. */
export function examine(code: Code, options: ExamineOptions): Examination {
  return new Examiner().examine(code, options);
}

function lookAt(model: FileModel, code: Code, whole: WholeProject, options: ExamineOptions): Looked {
  const asked = new AskedProject(whole);
  const failures: { rule: string; error: string }[] = [];
  const { result, files } = code.traced(() => {
    const findings = (options.rules ?? RULES).flatMap((rule) => {
      const found: FixableFinding[] = [];
      try {
        for (const finding of rule.check({ code, module: model, whole: asked }))
          found.push(placed(code, rule, finding, shown(finding.at.file.path, options.root)));
      } catch (error) {
        // It keeps what it has found, is told of, and holds no other rule up.
        failures.push({ rule: rule.id, error: String(error).split('\n')[0]! });
      }
      return found;
    });
    return { findings, checked: count(model) };
  });
  return { ...result, failures, files, answers: asked.answers };
}

function together(code: Code, options: ExamineOptions, looked: readonly Looked[]): Examination {
  const { root, configFile, rules = RULES } = options;
  const at = startOf(configFile, shown(configFile, root));
  const failures = new Map(
    looked.flatMap(({ failures }) => failures).map((failure) => [JSON.stringify(failure), failure]),
  );
  const failed = [...failures.values()].map((values) =>
    ownFinding('check-failed', 'error', at, 'check-failed.rule', values),
  );
  const unfinished = new Set([...failures.values()].map(({ rule }) => rule));
  const findings = suppress(code, [...inRuleOrder(rules, withoutTwins(looked)), ...failed], {
    shown: (path) => shown(path, root),
    known: new Set(RULES.map((rule) => rule.id)),
    finished: new Set(rules.map((rule) => rule.id).filter((id) => !unfinished.has(id))),
  });
  const sum = (part: keyof Checked) => looked.reduce((total, { checked }) => total + checked[part], 0);
  return {
    findings,
    checked: {
      ...{ workers: sum('workers'), listeners: sum('listeners') },
      ...{ queues: sum('queues'), strategies: sum('strategies') },
    },
  };
}

/** Two files may lead to one place: the first that does tells of it. */
function withoutTwins(looked: readonly Looked[]): FixableFinding[] {
  const first = new Map<string, Looked>();
  return looked.flatMap((each) =>
    each.findings.filter(({ rule, path, line, column, endLine, endColumn }) => {
      const key = JSON.stringify([rule, path, line, column, endLine, endColumn]);
      const other = first.get(key) ?? each;
      first.set(key, other);
      return other === each;
    }),
  );
}

/** As if each rule had looked at all files, one rule after the other. */
function inRuleOrder(rules: readonly Rule[], findings: readonly FixableFinding[]): FixableFinding[] {
  const order = new Map(rules.map((rule, index) => [rule.id, index]));
  return findings.toSorted((a, b) => (order.get(a.rule) ?? 0) - (order.get(b.rule) ?? 0));
}

function count(model: FileModel): Checked {
  return {
    workers: counted(() => model.workers.length + model.functionWorkers.length),
    listeners: counted(() => model.listeners.length),
    // A module that only makes a queue of another kind counts as one, too.
    queues: counted(() => model.queues.length || Math.min(1, model.queueFactories.length)),
    strategies: counted(() => model.strategies.length),
  };
}

/** What could not be found is told by the rules that need it. */
function counted(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}

/** A path relative to the project. */
export function shown(path: string, root: string): string {
  return relative(root, path).replaceAll('\\', '/') || path;
}
