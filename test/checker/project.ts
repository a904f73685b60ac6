import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CheckHooks, type CheckOptions, runCheck } from '../../generator/checker/index.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..');

const CONFIGURATION = {
  compilerOptions: {
    ...{
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
    },
    ...{
      types: ['node'],
      typeRoots: [join(checkout, 'node_modules/@types')],
      strict: true,
      noImplicitOverride: true,
    },
    ...{
      skipLibCheck: true,
      noEmit: true,
      paths: {
        'mproc-worker': [join(checkout, 'runtime/dist/index.d.ts')],
        'mproc-worker/testing': [join(checkout, 'runtime/dist/testing.d.ts')],
      },
    },
  },
  include: ['src'],
};

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A small project in a temporary folder. */
export class Project {
  readonly root = mkdtempSync(join(tmpdir(), 'project-'));

  constructor(files: Readonly<Record<string, string>>) {
    this.write('package.json', '{ "name": "project", "private": true, "type": "module" }\n');
    this.write('tsconfig.json', JSON.stringify(CONFIGURATION));
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  async check(options: Partial<CheckOptions> = {}, hooks: CheckHooks = {}): Promise<Outcome> {
    let stdout = '';
    let stderr = '';
    const code = await runCheck(
      { root: this.root, paths: [], fix: false, format: 'json', watch: false, ...options },
      {
        colors: false,
        ...hooks,
        stdout: (text) => {
          stdout += text;
          hooks.stdout?.(text);
        },
        stderr: (text) => {
          stderr += text;
          hooks.stderr?.(text);
        },
      },
    );
    return { code, stdout, stderr };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const LENGTHS = `import { Worker } from 'mproc-worker';

export class Lengths extends Worker<string, number> {
  static override readonly module = import.meta.url;

  protected override process(text: string): number {
    return text.length;
  }
}
`;
