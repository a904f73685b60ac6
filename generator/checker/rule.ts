import type { Code } from './adapter/index.js';
import type { RuleFinding, Severity } from './findings.js';
import type { FileModel } from './model/file-model.js';
import type { WholeProject } from './model/whole-project.js';

export interface RuleContext {
  readonly code: Code;
  /** The file of the project that is looked at. */
  readonly module: FileModel;
  /** What is known of the others. */
  readonly whole: WholeProject;
}

/** One clause of a contract and how it is looked after. */
export interface Rule {
  /** Kebab-case; also the name of its page in `docs/rules`. */
  readonly id: string;
  readonly severity: Severity;
  /** What the contract says, in one sentence. */
  readonly clause: string;
  /** Whether some of its findings can be repaired by `--fix`. */
  readonly fixable: boolean;
  /**
   * Looks at one file and what it leads to. It asks for nothing but by the context: what it has seen is noted, so that it
   * looks again when that changes.
   */
  check(context: RuleContext): Iterable<RuleFinding>;
}
