import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface OwnManifest {
  readonly name: string;
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** This package, wherever it was installed or checked out. */
export interface OwnPackage {
  /** Absolute. */
  readonly root: string;
  readonly version: string;
  /** What generated projects get in their `package.json` for the two packages. */
  readonly runtimeSpec: string;
  readonly generatorSpec: string;
  /** Exact versions of what generated projects use: those that this package was tested with. */
  readonly versions: Readonly<Record<'tsx' | 'typescript' | 'vitest' | 'tsMorph' | 'nodeTypes', string>>;
}

let found: OwnPackage | undefined;

export function ownPackage(): OwnPackage {
  found ??= read(findRoot());
  return found;
}

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (manifestIn(folder)?.name !== 'create-mproc-worker') {
    const above = dirname(folder);
    if (above === folder)
      throw new Error('create-mproc-worker cannot find its own package.json: install it again');
    folder = above;
  }
  return folder;
}

function manifestIn(folder: string): OwnManifest | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OwnManifest) : undefined;
}

function read(root: string): OwnPackage {
  const manifest = manifestIn(root) as OwnManifest;
  const tested = (name: string) => manifest.devDependencies[name] ?? 'latest';
  // A checkout has the runtime's source beside it: what it makes then runs on that.
  const isCheckout = existsSync(join(root, 'runtime', 'src'));
  return {
    root,
    version: manifest.version,
    runtimeSpec: isCheckout ? `file:${join(root, 'runtime')}` : manifest.version,
    generatorSpec: isCheckout ? `file:${root}` : manifest.version,
    versions: {
      tsx: tested('tsx'),
      typescript: tested('typescript'),
      vitest: tested('vitest'),
      tsMorph: tested('ts-morph'),
      nodeTypes: tested('@types/node'),
    },
  };
}
