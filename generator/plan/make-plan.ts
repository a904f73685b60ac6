import {
  type Addition,
  MANIFEST_PATH,
  type Manifest,
  parseManifest,
  printManifest,
  sha256,
  withAddition,
} from './manifest.js';
import type { EditOutput, FileOutput, Output } from './output.js';
import type { Plan, PlannedFile } from './plan.js';

/** What a path holds; `blocked` says why nothing may be written there, such as a link on the way to it. */
export type Found =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'blocked'; readonly why: string };

export type Look = (path: string) => Found;

export interface PlanInput {
  readonly command: string;
  readonly root: string;
  readonly look: Look;
  readonly outputs: readonly Output[];
  readonly force: boolean;
  readonly generator: string;
  readonly project?: { readonly template: string; readonly answers: Readonly<Record<string, string>> };
  readonly additions?: readonly Addition[];
  /** Packages that are written into package.json, and how they are named there. */
  readonly packages?: Readonly<Record<string, string>>;
}

/** Works out what has to happen to each path. Reads through `look` alone and writes nothing. */
export function makePlan(input: PlanInput): Plan {
  const foundManifest = input.look(MANIFEST_PATH);
  const manifestBytes = foundManifest.kind === 'file' ? foundManifest.bytes : undefined;
  const manifest = parseManifest(manifestBytes, input.generator);
  const files = new Map<string, PlannedFile>();
  const rendered = new Map<string, string>();
  for (const output of input.outputs) {
    if (output.kind === 'file') {
      files.set(output.path, planFile(output, input, manifest));
      rendered.set(output.path, sha256(output.template ?? output.contents));
    } else files.set(output.path, planEdit(output, input, files.get(output.path)));
  }
  const planned = [...files.values()];
  planned.push(planManifest(input, nextManifest(input, manifest, planned, rendered), manifestBytes));
  return { command: input.command, root: input.root, files: planned };
}

function planFile(output: FileOutput, input: PlanInput, manifest: Manifest): PlannedFile {
  const { path } = output;
  const found = input.look(path);
  const contents = Buffer.from(output.contents);
  if (found.kind === 'absent') return { path, action: 'create', before: undefined, contents };
  if (found.kind === 'blocked') return conflict(path, undefined, found.why);
  const before = found.bytes;
  if (before.equals(contents)) return { path, action: 'unchanged', before, contents };
  const left = manifest.files[path];
  const isAsWeLeftIt = left === sha256(before);
  if (isAsWeLeftIt && manifest.edited[path] === sha256(output.template ?? output.contents))
    return { path, action: 'unchanged', before, contents: before };
  if (typeof output.existing === 'function') return planCompletion(path, before, output.existing);
  if (output.existing === 'keep')
    return { path, action: 'kept', before, contents: before, reason: 'it is there already' };
  if (input.force) return { path, action: 'overwrite', before, contents };
  return conflict(
    path,
    before,
    left === undefined || isAsWeLeftIt ? 'it is there already' : 'it was changed by hand',
  );
}

function planCompletion(path: string, before: Buffer, complete: (text: string) => string): PlannedFile {
  const contents = Buffer.from(complete(before.toString('utf8')));
  return { path, action: contents.equals(before) ? 'unchanged' : 'edit', before, contents };
}

function planEdit(output: EditOutput, input: PlanInput, sofar: PlannedFile | undefined): PlannedFile {
  const { path } = output;
  const base = sofar ?? asItIs(path, input.look(path));
  if (base.action === 'conflict' || !base.contents) return base;
  const contents = Buffer.from(output.edit(base.contents.toString('utf8')));
  if (contents.equals(base.contents)) return base;
  if (base.before && contents.equals(base.before)) return { ...base, action: 'unchanged', contents };
  const action = base.action === 'unchanged' || base.action === 'kept' ? 'edit' : base.action;
  return { path, action, before: base.before, contents };
}

function asItIs(path: string, found: Found): PlannedFile {
  if (found.kind === 'file') return { path, action: 'unchanged', before: found.bytes, contents: found.bytes };
  return conflict(path, undefined, found.kind === 'blocked' ? found.why : 'it is not there');
}

function conflict(path: string, before: Buffer | undefined, reason: string): PlannedFile {
  return { path, action: 'conflict', before, contents: before, reason };
}

function planManifest(input: PlanInput, next: Manifest, before: Buffer | undefined): PlannedFile {
  const contents = Buffer.from(printManifest(next));
  const path = MANIFEST_PATH;
  const found = input.look(path);
  if (found.kind === 'blocked') return conflict(path, undefined, found.why);
  if (!before) return { path, action: 'create', before, contents };
  return { path, action: before.equals(contents) ? 'unchanged' : 'edit', before, contents };
}

/** A file that the user changed before we edited it stays the user's: its hash is not taken over. */
function nextManifest(
  input: PlanInput,
  manifest: Manifest,
  planned: readonly PlannedFile[],
  rendered: ReadonlyMap<string, string>,
): Manifest {
  const files = { ...manifest.files };
  const edited = { ...manifest.edited };
  for (const { path, action, before, contents } of planned) {
    if (!contents || action === 'conflict' || action === 'kept') continue;
    const template = rendered.get(path) ?? edited[path] ?? files[path];
    const wasOurs = !before || files[path] === sha256(before);
    if (!wasOurs && !rendered.has(path)) continue;
    files[path] = sha256(contents);
    if (template !== undefined && template !== files[path]) edited[path] = template;
    else delete edited[path];
  }
  const { project, additions = [], generator } = input;
  const packages = { ...manifest.packages, ...input.packages };
  const added = additions.reduce<readonly Addition[]>(
    (sofar, addition) => withAddition(sofar, { ...addition, generator }),
    manifest.added,
  );
  return {
    ...manifest,
    ...(project ?? {}),
    generator,
    added,
    ...(Object.keys(packages).length > 0 ? { packages } : {}),
    files,
    edited,
  };
}
