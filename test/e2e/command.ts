import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
export const GENERATOR = `${CHECKOUT}bin/create-mproc-worker.js`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order they came. */
  readonly output: string;
}

/** Ends a command that hangs; nothing is measured by it. */
const WATCHDOG_MS = 500_000;

/** Runs a command without a terminal, and without anything of the npm that runs these tests in its environment. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), WATCHDOG_MS);
    const texts = { stdout: '', stderr: '', output: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
        texts.output += text;
      });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(watchdog);
      resolve({ code, ...texts });
    });
  });
}

/** The generator of this checkout, as `node <checkout>/bin/…` runs it. */
export function generate(args: readonly string[], cwd: string): Promise<Finished> {
  return run(process.execPath, [GENERATOR, ...args], cwd);
}

/** For what reaches a registry outside this machine: all other programs of tests start without these certificates. */
export function withCertificates(): NodeJS.ProcessEnv {
  const file = process.env.MPROC_TEST_CERTIFICATES;
  return file === undefined ? {} : { NODE_EXTRA_CA_CERTS: file };
}

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|NODE_ENV$|INIT_CWD$|CI$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}
