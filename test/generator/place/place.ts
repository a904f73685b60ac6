import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { pathsBelow } from '../../paths-below.js';
import { CommandThread } from './command-thread.js';

export const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url));
export const BIN = join(CHECKOUT, 'bin', 'create-mproc-worker.js');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder that is gone after the test. */
export function emptyFolder(parent = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(parent, 'generator-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let pristine: string | undefined;
let thread: CommandThread | undefined;
// When the tests of a file are over, not when its process is: that is ended from outside.
afterAll(async () => {
  if (pristine !== undefined) rmSync(dirname(pristine), { recursive: true, force: true });
  pristine = undefined;
  await thread?.end();
  thread = undefined;
});

/** A fresh project of the `sums` template, not installed. */
export function freshProject(): string {
  if (pristine === undefined) {
    const parent = realpathSync(mkdtempSync(join(tmpdir(), 'generator-pristine-')));
    const made = generate(['demo', '--yes', '--no-git'], parent);
    if (made.code !== 0) throw new Error(`no project could be made: ${made.stderr}`);
    pristine = join(parent, 'demo');
  }
  const project = join(emptyFolder(), 'demo');
  cpSync(pristine, project, { recursive: true });
  return project;
}

/**
 * Runs the built generator without a terminal and with nothing on its stdin.
 * @param bin of the package that does it
 */
export function generate(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
  bin = BIN,
): Ended {
  thread ??= new CommandThread();
  return thread.run({ bin, args, cwd, environment: { ...cleanEnvironment(), ...environment } });
}

/** The same in a process of its own: for what a process has and a thread has not. */
export function generateAlone(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Ended {
  const run = spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...environment },
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** The same, side by side with others of its kind. */
export function generateBeside(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      texts.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...texts }));
  });
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_ENV$|CI$|FORCE_COLOR$)/i.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

/**
 * Every path below a folder, with a hash of what it holds, its mode, and where it leads.
 * @param without what is left out, with all below it
 */
export function treeOf(
  folder: string,
  without = /(?:^|\/)\.mproc\/undo$|^node_modules$/,
): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const path of pathsBelow(folder, without)) {
    const status = lstatSync(join(folder, path));
    if (status.isSymbolicLink()) tree[path] = `link to ${readlinkSync(join(folder, path))}`;
    else if (status.isDirectory()) tree[path] = 'folder';
    else tree[path] = `${(status.mode & 0o777).toString(8)} ${hashOf(join(folder, path))}`;
  }
  return tree;
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
