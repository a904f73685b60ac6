import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A way to run a program in TypeScript. */
export interface Runner {
  readonly name: string;
  readonly command: readonly string[];
  /** Has the program tsx, or does Node.js strip the types by itself? */
  readonly loader: 'tsx' | 'node';
}

/** Those that this Node.js has. */
export function runners(): Runner[] {
  const tsx: Runner[] = [
    { name: 'node --import tsx', command: ['--import', 'tsx'], loader: 'tsx' },
    { name: 'tsx', command: [join(CHECKOUT, 'node_modules/tsx/dist/cli.mjs')], loader: 'tsx' },
  ];
  const strips = Boolean((process.features as { typescript?: unknown }).typescript);
  return strips ? [...tsx, { name: 'node', command: [], loader: 'node' }] : tsx;
}

/** A folder with programs, from which `mproc-worker` and tsx are found as in a project. */
export class ProgramFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'mproc-typescript-'));

  constructor(files: Record<string, string>) {
    this.write({ 'package.json': '{ "type": "module" }', ...files });
    mkdirSync(join(this.path, 'node_modules'), { recursive: true });
    symlinkSync(join(CHECKOUT, 'runtime'), join(this.path, 'node_modules/mproc-worker'));
    symlinkSync(join(CHECKOUT, 'node_modules/tsx'), join(this.path, 'node_modules/tsx'));
  }

  write(files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), content);
    }
  }

  link(from: string, to: string): void {
    mkdirSync(dirname(join(this.path, from)), { recursive: true });
    symlinkSync(join(this.path, to), join(this.path, from));
  }

  /** Runs a program; what it prints, which is one line of JSON. */
  run(runner: Runner, main: string, env: NodeJS.ProcessEnv = {}): unknown {
    const { NODE_OPTIONS, VITEST, TSX_TSCONFIG_PATH, ...plain } = process.env;
    const ended = spawnSync(process.execPath, [...runner.command, main], {
      cwd: this.path,
      env: { ...plain, ...env },
      encoding: 'utf8',
    });
    if (ended.status !== 0 || ended.stderr !== '')
      throw new Error(`${main} ended with ${ended.status ?? ended.signal}: ${ended.stderr}${ended.stdout}`);
    return JSON.parse(ended.stdout);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A module with a worker `Finds`, whose answer is an expression. */
export function workerModule(answer: string, imports = ''): string {
  return `import { Worker } from 'mproc-worker';
${imports}
export class Finds extends Worker<number, unknown> {
  static override readonly module: string = import.meta.url;
  protected override process(given: number): unknown {
    return ${answer};
  }
}
`;
}

/** Prints what the worker of a module finds in this process, and what it finds in a child. */
export function bothPlaces(module: string, before = ''): string {
  return `import { ProcessPool } from 'mproc-worker';
import { Finds } from ${JSON.stringify(module)};
${before}
const pool = new ProcessPool({ processes: 1 });
const parent = await new Finds().run(1);
const child = await pool.run(new Finds(), 1);
await pool.close();
const told = (response: typeof child) => (response.ok ? response.body : response.error.stack?.split('\\n', 2));
console.log(JSON.stringify({ parent: told(parent), child: told(child) }));
`;
}
