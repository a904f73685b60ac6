import type { Code } from './adapter/index.js';
import type { RuleFinding, Severity } from './findings.js';
import type { ProjectModel } from './model/project-model.js';

export interface RuleContext {
  readonly code: Code;
  readonly project: ProjectModel;
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
  check(context: RuleContext): Iterable<RuleFinding>;
}
