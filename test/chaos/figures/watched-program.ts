import { spawn } from 'node:child_process';

/** What a program came to. */
export interface Watched {
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
  readonly hung: boolean;
  readonly exit: number | string | null;
  /** The end of what it wrote to its standard error. */
  readonly said: string;
}

/**
 * Runs a program whose last line tells its counts and problems, as JSON.
 * @param hungAfterMs one that says nothing for so long hangs, and is ended
 */
export function runWatched(args: readonly string[], hungAfterMs: number): Promise<Watched> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    let hung = false;
    const kill = (): void => {
      hung = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, hungAfterMs);
    child.stdout.on('data', (chunk) => {
      out += chunk;
      clearTimeout(timer);
      timer = setTimeout(kill, hungAfterMs);
    });
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-300);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const last = out.trim().split('\n').at(-1) ?? '';
      const { problems = [], ...counts } = last.startsWith('{') ? JSON.parse(last) : {};
      resolve({ counts, problems, hung, exit: signal ?? code, said });
    });
  });
}
