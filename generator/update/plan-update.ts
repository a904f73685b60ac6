import type { Look } from '../plan/make-plan.js';
import { MANIFEST_PATH, type Manifest, printManifest, sha256 } from '../plan/manifest.js';
import type { Plan, PlannedFile } from '../plan/plan.js';
import { hasMarkers, mergeThreeWays } from './merge.js';
import type { Prepared, TemplateFile } from './prepare.js';

export interface UpdateInput {
  readonly command: string;
  readonly root: string;
  readonly look: Look;
  readonly prepared: Prepared;
  /** Takes the new text also where a person changed the file. */
  readonly force: boolean;
  /** Version of this generator. */
  readonly generator: string;
}

/** Works out what an update does to each file. Reads through `look` alone and writes nothing. */
export function planUpdate(input: UpdateInput): Plan {
  const { command, root, prepared } = input;
  const files = prepared.files.map((file) => planFile(file, input));
  const manifest = nextManifest(input, files);
  return { command, root, files: [...files, planManifest(input, manifest)] };
}

function planFile(file: TemplateFile, input: UpdateInput): PlannedFile {
  const { path, yours, left, fresh } = file;
  const found = input.look(path);
  if (found.kind === 'blocked') return conflict(path, yours, found.why);
  const bytes = found.kind === 'file' ? found.bytes : undefined;
  if (!isSame(bytes, yours)) return conflict(path, bytes, 'it was changed meanwhile');
  if (yours === undefined) return planAbsent(file);
  if (fresh === undefined) return planDropped(path, yours, left);
  if (yours.toString('utf8') === fresh) return { path, action: 'unchanged', before: yours, contents: yours };
  if (left === undefined) return kept(path, yours, 'it is your own');
  if (sha256(yours) === left) return { path, action: 'edit', before: yours, contents: Buffer.from(fresh) };
  if (input.force) return { path, action: 'overwrite', before: yours, contents: Buffer.from(fresh) };
  return planMerge(file, yours, fresh, input);
}

function planAbsent({ path, left, fresh }: TemplateFile): PlannedFile {
  if (fresh === undefined) return { path, action: 'unchanged', before: undefined, contents: undefined };
  if (left === undefined) return { path, action: 'create', before: undefined, contents: Buffer.from(fresh) };
  return { path, action: 'kept', before: undefined, contents: undefined, reason: 'you deleted it' };
}

function planDropped(path: string, yours: Buffer, left: string | undefined): PlannedFile {
  if (sha256(yours) === left) return { path, action: 'delete', before: yours, contents: undefined };
  return kept(path, yours, 'no template makes it any more, and you changed it');
}

function planMerge(file: TemplateFile, yours: Buffer, fresh: string, input: UpdateInput): PlannedFile {
  const { path, base } = file;
  const text = yours.toString('utf8');
  if (base === undefined) return kept(path, yours, 'you changed it, and no template of it is known');
  if (sameText(base.text, fresh)) return kept(path, yours, 'you changed it, and its template is the same');
  if (hasMarkers(text)) return conflict(path, yours, 'it has conflict markers of an earlier update');
  const doubt = base.isExact ? '' : ', against the nearest template that is known';
  const merged = mergeThreeWays(text, base.text, fresh, {
    yours: 'yours',
    base: `base (create-mproc-worker ${base.version}${base.isExact ? '' : ', nearest'})`,
    fresh: `new (create-mproc-worker ${input.generator})`,
  });
  const contents = Buffer.from(merged.text);
  if (contents.equals(yours)) return kept(path, yours, 'it has what is new already');
  const { conflicts } = merged;
  const places = conflicts === 1 ? '1 conflict' : `${conflicts} conflicts`;
  const reason =
    conflicts > 0 ? `${places}: settle what is between <<<<<<< and >>>>>>>` : 'merged with your changes';
  return {
    path,
    action: 'edit',
    before: yours,
    contents,
    reason: reason + doubt,
    ...(conflicts ? { conflicts } : {}),
  };
}

function kept(path: string, yours: Buffer, reason: string): PlannedFile {
  return { path, action: 'kept', before: yours, contents: yours, reason };
}

function conflict(path: string, yours: Buffer | undefined, reason: string): PlannedFile {
  return { path, action: 'conflict', before: yours, contents: yours, reason };
}

function isSame(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

/** Whether two texts say the same, whatever their line ends. */
function sameText(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n') === b.replaceAll('\r\n', '\n');
}

/**
 * Keeps of each file what the templates of this version give, also where a person's changes stay in it: that is what the
 * next update compares with. A file that the person deleted stays known, so that it does not come back.
 */
function nextManifest({ prepared, generator }: UpdateInput, planned: readonly PlannedFile[]): Manifest {
  const { manifest, packages } = prepared;
  const files = { ...manifest.files };
  const edited = { ...manifest.edited };
  for (const [index, { path, fresh, template, left, yours }] of prepared.files.entries()) {
    const action = planned[index]?.action;
    if (fresh === undefined) {
      delete files[path];
      delete edited[path];
    } else if (action !== 'conflict' && !(action === 'kept' && (left === undefined || yours === undefined))) {
      files[path] = sha256(fresh);
      if (template === undefined || template === files[path]) delete edited[path];
      else edited[path] = template;
    }
  }
  const added = manifest.added.map((addition) =>
    isLost(prepared, addition) ? addition : { ...addition, generator },
  );
  const known = Object.fromEntries(Object.entries({ ...manifest.packages, ...packages }));
  return { ...manifest, generator, added, packages: known, files, edited };
}

function isLost({ lost }: Prepared, { kind, name }: { kind: string; name: string }): boolean {
  return lost.some((unit) => unit.name === `${kind} ${name}`);
}

function planManifest(input: UpdateInput, next: Manifest): PlannedFile {
  const found = input.look(MANIFEST_PATH);
  if (found.kind !== 'file')
    return conflict(MANIFEST_PATH, undefined, found.kind === 'blocked' ? found.why : 'it is not there');
  const contents = Buffer.from(printManifest(next));
  const action = found.bytes.equals(contents) ? 'unchanged' : 'edit';
  return { path: MANIFEST_PATH, action, before: found.bytes, contents };
}
