import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { CHECKOUT } from './place.js';

const DEPENDENCIES = join(CHECKOUT, 'node_modules');

/**
 * Projects as they are at some moment of a test, for one run of the compiler: what all of them import, it reads and
 * checks once, and that is most of what a run costs.
 */
export class CompiledTogether {
  readonly #folder = mkdtempSync(join(tmpdir(), 'generator-compiled-'));
  readonly #kept: string[] = [];

  constructor() {
    writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }');
    symlinkSync(DEPENDENCIES, join(this.#folder, 'node_modules'));
    afterAll(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** @param moment names what has been done to the project, where the compiler complains about it */
  keep(project: string, moment: string): void {
    const name = `${this.#kept.length} ${moment.replaceAll('/', ' ')}`;
    this.#kept.push(name);
    cpSync(project, join(this.#folder, name), {
      recursive: true,
      filter: (path) => path !== join(project, 'node_modules'),
    });
  }

  /** What the compiler says of all that was kept, a line each. Their configuration is that of the first. */
  complaints(): string[] {
    const configuration = {
      extends: `./${this.#kept[0]}/tsconfig.json`,
      compilerOptions: { noEmit: true, rootDir: '.' },
      include: this.#kept.map((name) => `${name}/src`),
    };
    writeFileSync(join(this.#folder, 'tsconfig.json'), JSON.stringify(configuration));
    const compiler = join(DEPENDENCIES, 'typescript/bin/tsc');
    const run = spawnSync(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], {
      cwd: this.#folder,
      encoding: 'utf8',
    });
    const said = run.stdout.split('\n').filter((line) => line !== '');
    return run.status === 0 ? [] : [...said, `ended with ${run.status}`];
  }
}
