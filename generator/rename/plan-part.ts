import type { Look } from '../plan/make-plan.js';
import { MANIFEST_PATH, type Manifest, parseManifest, printManifest, sha256 } from '../plan/manifest.js';
import type { Plan, PlannedFile } from '../plan/plan.js';

/** What happens to one file of a project that is there. */
export interface FileChange {
  readonly from: string;
  /** `undefined` where it goes. */
  readonly to: string | undefined;
  readonly before: Buffer;
  readonly text: string;
  /** Why it may not happen. */
  readonly refused?: string;
}

export interface PartPlan {
  readonly command: string;
  readonly root: string;
  readonly look: Look;
  readonly changes: readonly FileChange[];
  readonly generator: string;
  readonly manifest: (manifest: Manifest) => Manifest;
}

/** Plans changes of files that are there, and what the manifest says afterwards. */
export function planPart({ command, root, look, changes, generator, manifest }: PartPlan): Plan {
  const files = changes.flatMap((change) => planChange(change, look));
  const found = look(MANIFEST_PATH);
  if (found.kind !== 'file') return { command, root, files };
  const contents = Buffer.from(printManifest(manifest(parseManifest(found.bytes, generator))));
  const action = found.bytes.equals(contents) ? 'unchanged' : 'edit';
  return { command, root, files: [...files, { path: MANIFEST_PATH, action, before: found.bytes, contents }] };
}

function planChange({ from, to, before, text, refused }: FileChange, look: Look): PlannedFile[] {
  const found = look(from);
  const isSame = found.kind === 'file' && found.bytes.equals(before);
  const why = found.kind === 'blocked' ? found.why : isSame ? refused : 'it was changed meanwhile';
  if (why !== undefined) return [{ path: from, action: 'conflict', before, contents: before, reason: why }];
  const contents = Buffer.from(text);
  if (to === from) return [{ path: from, action: 'edit', before, contents }];
  const gone: PlannedFile = { path: from, action: 'delete', before, contents: undefined };
  if (to === undefined) return [gone];
  const place = look(to);
  if (place.kind !== 'absent') {
    const reason = place.kind === 'blocked' ? place.why : 'it is there already';
    return [gone, { path: to, action: 'conflict', before: undefined, contents: undefined, reason }];
  }
  return [gone, { path: to, action: 'create', before: undefined, contents }];
}

/** Whether a file is as the generator left it. */
export function isUntouched(manifest: Manifest, path: string, bytes: Buffer): boolean {
  return manifest.files[path] === sha256(bytes);
}
