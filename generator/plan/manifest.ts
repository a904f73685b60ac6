import { createHash } from 'node:crypto';
import { UsageError } from '../output/failure.js';

export const MANIFEST_PATH = '.mproc/manifest.json';

/** An `add` that was carried out, so that a person can see what the project is made of. */
export interface Addition {
  readonly kind: string;
  readonly name: string;
  readonly answers: Readonly<Record<string, string>>;
  /** Version of the generator that wrote it; 0.1.0 where there is none. */
  readonly generator?: string;
}

/** What the generator knows of a project. No times in it: the same answers give the same bytes. */
export interface Manifest {
  readonly version: 1;
  /** Version of the generator that wrote last. */
  readonly generator: string;
  readonly template?: string;
  readonly answers?: Readonly<Record<string, string>>;
  readonly added: readonly Addition[];
  /** Packages as the generator wrote them into package.json, so that a version that the user chose is known as such. */
  readonly packages?: Readonly<Record<string, string>>;
  /** SHA-256 of each file as the generator left it. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 of what the template gave, where the generator itself edited the file afterwards. */
  readonly edited: Readonly<Record<string, string>>;
}

export function emptyManifest(generator: string): Manifest {
  return { version: 1, generator, added: [], files: {}, edited: {} };
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function parseManifest(bytes: Buffer | undefined, generator: string): Manifest {
  if (!bytes) return emptyManifest(generator);
  let read: Partial<Manifest> | null;
  try {
    read = JSON.parse(bytes.toString('utf8')) as Partial<Manifest> | null;
  } catch {
    read = null;
  }
  if (read?.version !== 1 || typeof read.files !== 'object' || read.files === null)
    throw new UsageError(
      'ERR_MANIFEST',
      `${MANIFEST_PATH} cannot be read as version 1 of a manifest: restore it from version control, or delete it`,
    );
  return { ...emptyManifest(generator), ...read } as Manifest;
}

/** With sorted keys, so that the order of commands shows in `added` alone. */
export function printManifest(manifest: Manifest): string {
  const { files, edited, ...rest } = manifest;
  return `${JSON.stringify({ ...rest, files: sorted(files), edited: sorted(edited) }, null, 2)}\n`;
}

export function withAddition(added: readonly Addition[], addition: Addition): Addition[] {
  const isSame = (one: Addition) => one.kind === addition.kind && one.name === addition.name;
  const index = added.findIndex(isSame);
  return index < 0 ? [...added, addition] : added.map((one) => (isSame(one) ? addition : one));
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
