import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { queueName } from '../answers/names.js';
import { MANIFEST_PATH, type Manifest, parseManifest, sha256 } from '../plan/manifest.js';
import { ownPackage } from '../project/own-package.js';
import { styleOf } from '../style/project-style.js';
import { templateHistory } from '../templates/history.js';
import { writtenBefore } from './bases.js';

/** A fault that a template had, and that is in every file that was made of it then. */
interface Fault {
  readonly engine: string;
  /** Below `templates`. */
  readonly template: string;
  /** What the first text without the fault has; each one before it has the fault. */
  readonly mendedBy: RegExp;
  /** What happens, as the end of a sentence about the file. */
  readonly what: string;
}

const SQLITE = 'queue/sqlite/src/queues/__kebab__.queue.ts.hbs';
const BULLMQ = 'queue/bullmq/src/queues/__kebab__.queue.ts.hbs';
const NATS = 'queue/nats/src/queues/__kebab__.queue.ts.hbs';

const FAULTS: readonly Fault[] = [
  {
    engine: 'sqlite',
    template: SQLITE,
    mendedBy: /repairs it/,
    what: 'fails with `database is locked` while another process makes or repairs the file of the queue',
  },
  {
    engine: 'bullmq',
    template: BULLMQ,
    mendedBy: /zcount/,
    what: 'counts jobs whose delay is over as delayed',
  },
  {
    engine: 'bullmq',
    template: BULLMQ,
    mendedBy: /commandTimeout/,
    what: 'no longer gives ended leases back once the connection was lost in the middle of a look for them',
  },
  {
    engine: 'nats',
    template: NATS,
    mendedBy: /last_seq/,
    what: 'counts a dead letter again that fails while others are made ready, and may not come to an end',
  },
  {
    engine: 'nats',
    template: NATS,
    mendedBy: />= ack_wait/,
    what: 'ends leases that are still renewed once somebody opens the queue with a shorter leaseMs',
  },
];

export interface FaultyFile {
  /** Below the project. */
  readonly path: string;
  /** Version of the generator whose template had the fault. */
  readonly version: string;
  readonly what: string;
}

/** Files that were made of a template with a known fault, and not updated since. */
export function faultyFiles(root: string): FaultyFile[] {
  const file = join(root, MANIFEST_PATH);
  if (!existsSync(file)) return [];
  const manifest = parseManifest(readFileSync(file), ownPackage().version);
  const queues = manifest.added.filter(({ kind }) => kind === 'queue');
  if (!queues.some(({ answers }) => FAULTS.some(({ engine }) => engine === answers.engine))) return [];
  const style = styleOf(root);
  return queues.flatMap(({ name, answers }) => {
    const engine = answers.engine ?? '';
    const rendering = { generator: 'queue', variables: { ...queueName(name), engine } } as const;
    const written = writtenBefore(root, [rendering], style);
    return FAULTS.filter((fault) => fault.engine === engine).flatMap((fault) =>
      faultIn(fault, written, manifest),
    );
  });
}

function faultIn(
  { template, mendedBy, what }: Fault,
  written: ReturnType<typeof writtenBefore>,
  manifest: Manifest,
): FaultyFile[] {
  const texts = templateHistory().get(template) ?? [];
  const mended = texts.findIndex(({ text }) => mendedBy.test(text));
  const faulty = new Set(texts.slice(0, mended < 0 ? undefined : mended));
  return [...written].flatMap(([path, candidates]) => {
    const hashes = [manifest.edited[path], manifest.files[path]];
    const origin = candidates.find((one) => faulty.has(one.origin) && hashes.includes(sha256(one.template)));
    return origin ? [{ path, version: origin.version, what }] : [];
  });
}
