import type { Context } from '../commands/context.js';
import type { Answers, Value } from './answers.js';

export interface Choice {
  readonly value: string;
  readonly about?: string;
}

/** One answer of a command: the same entry makes its flag, its question on a terminal and its line in the help. */
export interface OptionSpec {
  /** The flag without `--`; for the positional one, what it is called in the help. */
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'list';
  readonly about: string;
  /** What stands for the value in the help: `<type>`. */
  readonly placeholder?: string;
  readonly positional?: true;
  /** `--no-<name>` exists too. */
  readonly negatable?: true;
  readonly choices?: () => readonly Choice[];
  /** Values that are taken besides the choices. */
  readonly others?: (value: string, answers: Answers) => boolean;
  /** The question on a terminal; an option without one is never asked. */
  readonly question?: string;
  /** Must be answered, by flag or on the terminal; with `--yes` the default is taken if there is one. */
  readonly required?: true;
  /** Taken without a flag; on a terminal it is what the question suggests. */
  readonly fallback?: (answers: Answers, environment: NodeJS.ProcessEnv) => Value;
  /** In the command that is printed when the answer is missing. */
  readonly example?: string;
  /** @throws UsageError when the value is not allowed */
  readonly check?: (value: string, answers: Answers) => void;
}

export interface CommandSpec {
  /** `['add', 'worker']`; none for the command that makes a project. */
  readonly words: readonly string[];
  readonly about: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** @returns the exit code */
  readonly run: (context: Context, answers: Answers) => Promise<number>;
}

/** Options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'yes', type: 'boolean', about: 'ask nothing and take the defaults (-y)' },
  { name: 'dry-run', type: 'boolean', about: 'show what would be written, and write nothing' },
  { name: 'force', type: 'boolean', about: 'overwrite files that are in the way; `undo` brings them back' },
  { name: 'json', type: 'boolean', about: 'print the plan as JSON' },
  { name: 'cwd', type: 'string', placeholder: '<folder>', about: 'work as if started in this folder' },
  { name: 'help', type: 'boolean', about: 'show this help (-h)' },
  { name: 'version', type: 'boolean', about: 'show the version (-v)' },
];

export const PROGRAM = 'create-mproc-worker';
