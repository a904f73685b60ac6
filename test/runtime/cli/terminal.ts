import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A command in a terminal of its own, made by `script` of util-linux: 80 columns and 24 rows. */
export class Terminal implements AsyncDisposable {
  readonly #script: ChildProcess;
  readonly #closed: Promise<unknown>;
  output = '';

  /** @param command for a shell; before and after it, the settings of the terminal are printed, and behind it its exit code */
  constructor(command: string) {
    const shell = `stty rows 24 cols 80; echo "TTY=$(tty)"; echo "SET=$(stty -g)"; ${command}; echo "EXIT=$?"; echo "SET=$(stty -g)"`;
    this.#script = spawn('script', ['-qec', shell, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', SHELL: '/bin/sh' },
    });
    this.#closed = once(this.#script, 'close');
    this.#script.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      this.output += chunk;
    });
  }

  press(keys: string): void {
    this.#script.stdin!.write(keys);
  }

  /** Path of the terminal, for `stty`. */
  get path(): string {
    return /TTY=(\S+)/.exec(this.output)![1]!;
  }

  /** What is on the screen, without colours; empty where nothing has been drawn. */
  screen(): string[] {
    const [last = ''] = this.output.split('\x1b[H').slice(1).slice(-1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal is told
    const text = last.split('\x1b[J')[0]!.replace(/\x1b\[[\d;?]*[a-zA-Z]/g, '');
    return text === '' ? [] : text.split(/\r+\n/);
  }

  /** Waits until the screen shows something. */
  async untilShown(wanted: string | RegExp, times = 1): Promise<string[]> {
    const isShown = (line: string) =>
      typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line);
    while (this.screen().filter(isShown).length < times) {
      if (this.output.includes('EXIT=')) throw new Error(`${wanted} was not shown: ${this.output}`);
      await delay(20);
    }
    return this.screen();
  }

  /** The settings before and after, and the exit code of the command. */
  async ended(): Promise<{ settings: string[]; exitCode: string }> {
    await this.#closed;
    const settings = [...this.output.matchAll(/SET=(\S+)/g)].map(([, set = '']) => set);
    return { settings, exitCode: /EXIT=(\d+)/.exec(this.output)?.[1] ?? 'none' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#script.kill('SIGKILL');
    await this.#closed;
  }
}
