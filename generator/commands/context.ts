import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answers } from '../cli/answers.js';
import { type Colours, coloursFor } from '../output/colours.js';
import { UsageError } from '../output/failure.js';

/** How and where a command was started. */
export interface Context {
  /** Absolute. */
  readonly cwd: string;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly json: boolean;
  /** Whether questions may be asked: on a terminal, without `--yes` or `--json`, and not in CI. */
  readonly interactive: boolean;
  readonly colours: Colours;
  readonly environment: NodeJS.ProcessEnv;
  /** For people; silent under `--json`. */
  say(line: string): void;
  /** Always to stderr. */
  warn(line: string): void;
  /** For programs; only under `--json`. */
  data(value: object): void;
}

/** Where a command says things. */
export interface Streams {
  stdout(text: string): void;
  stderr(text: string): void;
}

export const PROCESS_STREAMS: Streams = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
};

export function createContext(
  typed: Answers,
  streams: Streams = PROCESS_STREAMS,
  environment: NodeJS.ProcessEnv = process.env,
): Context {
  const cwd = resolve(typeof typed.cwd === 'string' ? typed.cwd : '.');
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError('ERR_FOLDER', `--cwd: ${cwd} is not a folder; give one that is there`);
  const json = typed.json === true;
  const yes = typed.yes === true;
  const hasTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const colours = coloursFor(environment, process.stdout.isTTY === true);
  return {
    cwd,
    yes,
    json,
    dryRun: typed['dry-run'] === true,
    force: typed.force === true,
    interactive: hasTerminal && !yes && !json && !isCi(environment),
    colours,
    environment,
    say: (line) => void (json || streams.stdout(`${line}\n`)),
    warn: (line) => streams.stderr(`${line}\n`),
    data: (value) => void (json && streams.stdout(`${JSON.stringify(value, null, 2)}\n`)),
  };
}

function isCi(environment: NodeJS.ProcessEnv): boolean {
  const value = environment.CI;
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}
