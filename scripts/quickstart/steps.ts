import { spawn } from 'node:child_process';

/** A step that did not succeed; its message holds the name of the step and what the command printed. */
export class StepFailure extends Error {}

const TAIL_CHARACTERS = 8_000;

export interface StepOptions {
  readonly cwd: string;
  /** The command writes to this terminal, so that its progress shows. @default false */
  readonly visible?: boolean;
  /** What to print instead of the command line. */
  readonly shownAs?: string;
}

/** Runs commands one after another and prints a line about each. */
export class Steps {
  count = 0;
  readonly #startedAt = performance.now();
  #interrupted = false;

  constructor({ ignoreInterrupt }: { readonly ignoreInterrupt: boolean }) {
    // Ctrl-C reaches the running command by itself; this process stays to report and to clean up.
    if (ignoreInterrupt)
      process.on('SIGINT', () => {
        this.#interrupted = true;
      });
  }

  seconds(): string {
    return secondsSince(this.#startedAt);
  }

  async run(
    name: string,
    command: string,
    args: readonly string[],
    { cwd, visible = false, shownAs }: StepOptions,
  ): Promise<void> {
    this.count += 1;
    const startedAt = performance.now();
    console.log(`\n${this.count}. ${name}\n   $ ${shownAs ?? [command, ...args].join(' ')}`);
    const { code, signal, output } = await finished(command, args, { cwd, visible });
    if (this.#interrupted && (code !== 0 || !visible)) throw new StepFailure(`\nInterrupted at "${name}".`);
    if (code !== 0) {
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      throw new StepFailure(`${output}\nStep ${this.count}, "${name}", failed: the command ${how}.`);
    }
    if (!visible) process.stdout.write(indented(output));
    console.log(`   ok, ${secondsSince(startedAt)} s`);
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

function finished(
  command: string,
  args: readonly string[],
  { cwd, visible }: { readonly cwd: string; readonly visible: boolean },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: visible ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (text: string): void => {
      output = (output + text).slice(-TAIL_CHARACTERS);
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    child.once('error', (error) => resolve({ code: 1, signal: null, output: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal, output }));
  });
}

const SHOWN_LINES = 6;

/** What a command printed, without npm's warnings about the machine, and without advice on what to type next. */
function indented(output: string): string {
  const lines = output.split('\n').filter((line) => !/^\s*$|^npm warn|^\s*unchanged /.test(line));
  const advice = lines.findIndex((line) => line.trim() === 'Next:');
  return shortened(advice < 0 ? lines : lines.slice(0, advice))
    .map((line) => `   ${line}\n`)
    .join('');
}

function shortened(lines: string[]): string[] {
  if (lines.length <= SHOWN_LINES) return lines;
  const left = lines.length - SHOWN_LINES + 1;
  return [...lines.slice(0, SHOWN_LINES - 2), `  … and ${left} more`, ...lines.slice(-1)];
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
