import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** What the project's own compiler says, with a place that counts from 1. */
export interface OwnDiagnostic {
  readonly code: number;
  readonly message: string;
  /** Absolute; `undefined` for what concerns the configuration. */
  readonly path: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** The `tsc` that a project has installed, whatever its version. */
export interface OwnCompiler {
  readonly version: string;
  /**
   * Compiles one configuration in a process of its own.
   * @returns `undefined` when the compiler could not be run: then another one has to be asked
   */
  diagnose(configFile: string): Promise<OwnDiagnostic[] | undefined>;
}

const OPTIONS = [
  ...['--noEmit', '--pretty', 'false'],
  // Nothing is written. A file for what is built in steps is an error where nothing is, and hides all others.
  ...['--incremental', 'false', '--composite', 'false', '--tsBuildInfoFile', 'null'],
];
const ERROR = /^(?:(.+)\((\d+),(\d+)\): )?error TS(\d+): (.*)$/;

export function findOwnCompiler(root: string): OwnCompiler | undefined {
  try {
    const manifestPath = createRequire(join(root, 'package.json')).resolve('typescript/package.json');
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as {
      version: string;
      bin?: Readonly<Record<string, string>>;
    };
    const { bin = {} } = manifest;
    const tsc = join(dirname(manifestPath), bin.tsc ?? Object.values(bin)[0] ?? 'bin/tsc');
    if (!existsSync(tsc)) return undefined;
    return { version: manifest.version, diagnose: (configFile) => diagnose(tsc, root, configFile) };
  } catch {
    return undefined;
  }
}

async function diagnose(tsc: string, root: string, configFile: string): Promise<OwnDiagnostic[] | undefined> {
  const { text, code } = await run(tsc, root, [...OPTIONS, '-p', configFile]);
  const found = parse(text, root);
  // 0: no error, 1 and 2: errors. All else is no answer.
  const hasAnswered = code === 0 || ((code === 1 || code === 2) && found.length > 0);
  return hasAnswered ? found : undefined;
}

function run(
  tsc: string,
  cwd: string,
  options: readonly string[],
): Promise<{ text: string; code: number | null }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [tsc, ...options], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', () => done({ text, code: null }));
    child.on('close', (code) => done({ text, code }));
  });
}

/** A line that is indented goes on with the message before. */
function parse(text: string, root: string): OwnDiagnostic[] {
  const found: { code: number; message: string; path: string | undefined; line: number; column: number }[] =
    [];
  for (const line of text.split(/\r?\n/)) {
    const match = ERROR.exec(line);
    const last = found.at(-1);
    if (match) {
      const [, path, at, column, code, message] = match;
      found.push({
        code: Number(code),
        message: message!,
        path: path === undefined ? undefined : resolve(root, path).replaceAll('\\', '/'),
        line: Number(at ?? 1),
        column: Number(column ?? 1),
      });
    } else if (last && /^\s+\S/.test(line)) {
      last.message += ` ${line.trim()}`;
    }
  }
  return found;
}
