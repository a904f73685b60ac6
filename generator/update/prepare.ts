import { completeLines } from '../plan/complete-lines.js';
import { type Manifest, sha256 } from '../plan/manifest.js';
import type { FileOutput } from '../plan/output.js';
import { ownPackage } from '../project/own-package.js';
import { type ProjectStyle, styleOf } from '../style/project-style.js';
import { keptOwn } from '../templates/kept-own.js';
import { OWN_HISTORY, templatesFor } from '../templates/own-templates.js';
import { bytesBelow } from '../writer/paths.js';
import { type Base, baseOf, type Written, writtenBefore } from './bases.js';
import { updatePackageJson } from './package-json.js';
import { type LostUnit, type Unit, unitsOf } from './units.js';

/** A file that some version of the templates makes in this project. */
export interface TemplateFile {
  readonly path: string;
  /** What is there; `undefined` when nothing is. */
  readonly yours: Buffer | undefined;
  /** SHA-256 of what the generator left there; `undefined` where it never wrote. */
  readonly left: string | undefined;
  /** What the present templates give, in the project's style; `undefined` when they make no such file. */
  readonly fresh: string | undefined;
  /** SHA-256 of what the template itself gives. */
  readonly template: string | undefined;
  /** What an earlier version gave; looked for where `yours` is neither as it was left nor as it shall be. */
  readonly base: Base | undefined;
}

export interface Prepared {
  readonly manifest: Manifest;
  readonly files: readonly TemplateFile[];
  readonly lost: readonly LostUnit[];
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGE_JSON = 'package.json';

/** Looks at everything that an update has to know. Reads, and writes nothing. */
export async function prepareUpdate(root: string, manifest: Manifest): Promise<Prepared> {
  const present = styleOf(root, manifest.answers ? 'typescript' : undefined);
  const before = await makings(root, present, manifest);
  const [tsconfig] = await compare(root, manifest, before, before, (path) => path === 'tsconfig.json');
  const style = { ...present, importEnding: endingBy(tsconfig) ?? present.importEnding };
  const after = style.importEnding === present.importEnding ? before : await makings(root, style, manifest);
  const files = await compare(
    root,
    manifest,
    before,
    after,
    (path) => path !== PACKAGE_JSON && path !== OWN_HISTORY,
  );
  const packages = Object.assign({}, ...after.units.map((unit) => unit.packages));
  return {
    manifest,
    files: [...files, ...packageJson(root, after, manifest), ...ownHistory(root, after)],
    lost: after.lost,
    packages,
  };
}

/** The project's own templates of now are the base of the next update. */
function ownHistory(root: string, { units }: Makings): TemplateFile[] {
  const source = templatesFor(root);
  const kept = units
    .flatMap(({ renderings }) => renderings)
    .flatMap((one) => keptOwn(one, source, ownPackage().version));
  const yours = bytesBelow(root, OWN_HISTORY);
  if (kept.length === 0) return [];
  const fresh = kept.reduce(
    (text, { contents }) => completeLines(text, contents),
    yours?.toString('utf8') ?? '',
  );
  const left = yours && sha256(yours);
  return [{ path: OWN_HISTORY, yours, left, fresh, template: undefined, base: undefined }];
}

/** What is made in a project of some style, and what earlier versions have made. */
interface Makings {
  readonly style: ProjectStyle;
  readonly units: readonly Unit[];
  readonly lost: readonly LostUnit[];
  readonly written: ReadonlyMap<string, readonly Written[]>;
}

async function makings(root: string, style: ProjectStyle, manifest: Manifest): Promise<Makings> {
  const { units, lost } = await unitsOf(root, style, manifest);
  const renderings = units.flatMap((unit) => unit.renderings);
  return { style, units, lost, written: writtenBefore(root, renderings, style) };
}

/** How files import each other may change with the very update: as the configuration will say then. */
function endingBy(tsconfig: TemplateFile | undefined): ProjectStyle['importEnding'] | undefined {
  const isReplaced = tsconfig?.yours !== undefined && sha256(tsconfig.yours) === tsconfig.left;
  const text = isReplaced ? tsconfig.fresh : undefined;
  return text && /"(?:rewriteRelative|allow)Import\w*Extensions"\s*:\s*true/.test(text) ? '.ts' : undefined;
}

/** @param before in the style that the project has now, for what was once written */
async function compare(
  root: string,
  manifest: Manifest,
  before: Makings,
  after: Makings,
  isWanted: (path: string) => boolean,
): Promise<TemplateFile[]> {
  const fresh = new Map(after.units.flatMap(({ files }) => files).map((file) => [file.path, file]));
  const known = [...before.written.keys()].filter((path) => path in manifest.files);
  const paths = [...new Set([...fresh.keys(), ...known])].filter(isWanted).sort();
  const files: TemplateFile[] = [];
  for (const path of paths)
    files.push(await templateFile(root, path, fresh.get(path), manifest, before, after));
  return files;
}

/** What `add` changed in a file that another command had made, all of it. */
function editOf(units: readonly Unit[], path: string): (text: string) => string {
  const edits = units.flatMap((unit) => unit.edits).filter((edit) => edit.path === path);
  return (text) => edits.reduce((edited, { edit }) => edit(edited), text);
}

async function templateFile(
  root: string,
  path: string,
  output: FileOutput | undefined,
  manifest: Manifest,
  before: Makings,
  after: Makings,
): Promise<TemplateFile> {
  const yours = bytesBelow(root, path);
  const left = manifest.files[path];
  const fresh = output && editOf(after.units, path)(output.contents);
  const text = yours?.toString('utf8');
  const isSettled = yours === undefined || sha256(yours) === left || text === fresh;
  const baseText = () =>
    baseOf(
      path,
      before.written.get(path) ?? [],
      text ?? '',
      manifest,
      before.style,
      editOf(before.units, path),
    );
  return {
    path,
    yours,
    left,
    fresh,
    template: output && sha256(output.template ?? output.contents),
    base: isSettled ? undefined : await baseText(),
  };
}

/** Its own kind of file: its entries are brought up to date one by one, so it has no conflicts. */
function packageJson(root: string, { units, written }: Makings, manifest: Manifest): TemplateFile[] {
  const yours = bytesBelow(root, PACKAGE_JSON);
  if (yours === undefined) return [];
  const made = units.flatMap(({ files }) => files).find(({ path }) => path === PACKAGE_JSON);
  const { runtimeSpec, generatorSpec } = ownPackage();
  const fresh = updatePackageJson(yours.toString('utf8'), {
    fresh: editOf(units, PACKAGE_JSON)(made?.contents ?? '{}'),
    before: (written.get(PACKAGE_JSON) ?? []).map(({ template }) => template),
    packages: manifest.packages ?? {},
    own: { 'mproc-worker': runtimeSpec, 'create-mproc-worker': generatorSpec },
  });
  const template = made && sha256(made.template ?? made.contents);
  return [{ path: PACKAGE_JSON, yours, left: sha256(yours), fresh, template, base: undefined }];
}
