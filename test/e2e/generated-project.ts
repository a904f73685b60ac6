import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, generate, run } from './command.js';

/** A folder that is outside of this repository, as a user's is. */
export function temporaryFolder(): string {
  return mkdtempSync(join(realpathSync(tmpdir()), 'mproc-e2e-'));
}

/** A project made by the generator of this checkout, and what its owner can do with it. */
export class GeneratedProject {
  private constructor(
    readonly folder: string,
    private readonly parent: string,
  ) {}

  static async create(args: readonly string[]): Promise<GeneratedProject> {
    const parent = temporaryFolder();
    const made = await generate(['demo', '--yes', '--no-git', '--no-install', ...args], parent);
    if (made.code !== 0) throw new Error(`the project could not be created: ${made.output}`);
    return new GeneratedProject(join(parent, 'demo'), parent);
  }

  static async createInstalled(args: readonly string[]): Promise<GeneratedProject> {
    const project = await GeneratedProject.create(args);
    const installed = await project.npm('install', '--prefer-offline', '--no-audit', '--no-fund');
    if (installed.code !== 0) throw new Error(`npm install failed: ${installed.output}`);
    return project;
  }

  npm(...args: string[]): Promise<Finished> {
    return run('npm', args, this.folder);
  }

  add(...args: string[]): Promise<Finished> {
    return generate(['add', ...args], this.folder);
  }

  path(relative: string): string {
    return join(this.folder, relative);
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

/** Every file below a folder with its content, `node_modules` left out: two of these tell whether anything was written. */
export function contentOf(folder: string): Map<string, string> {
  const content = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (path.split('/').includes('node_modules')) continue;
    const absolute = join(folder, path);
    content.set(path, statSync(absolute).isFile() ? readFileSync(absolute, 'utf8') : '');
  }
  return content;
}
