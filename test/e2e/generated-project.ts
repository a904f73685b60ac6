import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CHECKOUT, type Finished, generate, run, withCertificates } from './command.js';

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
    const install = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
    const installed = await run('npm', install, project.folder, withCertificates());
    if (installed.code !== 0) throw new Error(`npm install failed: ${installed.output}`);
    return project;
  }

  /** With what is installed in this checkout, which takes no time: for tests whose subject is not the installation. */
  static async createLinked(args: readonly string[]): Promise<GeneratedProject> {
    const project = await GeneratedProject.create(args);
    linkDependencies(project.folder);
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

/** Links a project's own dependencies and their programs, and nothing else: as after `npm install`, none but these is found. */
function linkDependencies(folder: string): void {
  const { dependencies, devDependencies } = manifestOf(folder);
  const bin = join(folder, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  for (const dependency of Object.keys({ ...dependencies, ...devDependencies })) {
    const link = join(folder, 'node_modules', dependency);
    const target =
      dependency === manifestOf(CHECKOUT).name ? CHECKOUT : join(CHECKOUT, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(target), link);
    const { bin: programs = {} } = manifestOf(link);
    const named = typeof programs === 'string' ? { [basename(dependency)]: programs } : programs;
    for (const [program, file] of Object.entries(named))
      symlinkSync(join('..', dependency, file), join(bin, program));
  }
}

interface Manifest {
  readonly name?: string;
  readonly bin?: string | Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Every file below a folder with its content, `node_modules` left out: two of these tell whether anything was written. */
export function contentOf(folder: string): Map<string, string> {
  const content = new Map<string, string>();
  const read = (below: string) => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      if (name === 'node_modules') continue;
      const path = join(below, name);
      const isFile = statSync(join(folder, path)).isFile();
      content.set(path, isFile ? readFileSync(join(folder, path), 'utf8') : '');
      if (!isFile) read(path);
    }
  };
  read('');
  return content;
}
