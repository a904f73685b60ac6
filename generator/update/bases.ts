import { diffLines } from 'diff';
import { type Manifest, sha256 } from '../plan/manifest.js';
import { inStyle, placeOf } from '../style/in-style.js';
import type { ProjectStyle } from '../style/project-style.js';
import { foldersOf, type Rendering } from '../templates/generators.js';
import { type TemplateText, templateHistory } from '../templates/history.js';
import { ownTexts } from '../templates/kept-own.js';
import { renderText } from '../templates/render.js';
import { inSubfolder } from '../templates/subfolder.js';
import { pathOf } from '../templates/tree.js';

/** What some version has written to a path. */
export interface Base {
  readonly version: string;
  /** As the template gave it. */
  readonly template: string;
  /** In the style of the project. */
  readonly text: string;
  /** Whether the manifest proves that it was this text. */
  readonly isExact: boolean;
}

/** What a version's template gives for a path. */
export interface Written {
  readonly version: string;
  /** The text of the template. */
  readonly origin: TemplateText;
  /** Where the template puts it, before the project's style moves it. */
  readonly path: string;
  readonly template: string;
}

/** By path, what each version's templates give for the answers of a project, oldest first. */
export function writtenBefore(
  root: string,
  renderings: readonly Rendering[],
  style: ProjectStyle,
): Map<string, Written[]> {
  const history = new Map(templateHistory());
  for (const kept of ownTexts(root))
    history.set(kept.template, [...(history.get(kept.template) ?? []), kept]);
  const written = new Map<string, Written[]>();
  for (const rendering of renderings)
    for (const [template, texts] of history)
      for (const folder of foldersOf(rendering)) {
        if (!template.startsWith(`${folder}/`)) continue;
        const flat = pathOf(template.slice(folder.length + 1), rendering.variables);
        const { path } = inSubfolder(flat, '', rendering.variables);
        const given = texts.flatMap((origin) => {
          const rendered = tryToRender(origin.text, rendering);
          if (rendered === undefined) return [];
          const { contents } = inSubfolder(flat, rendered, rendering.variables);
          return [{ version: origin.version, origin, path, template: contents }];
        });
        if (given.length > 0)
          written.set(placeOf(path, style), [...(written.get(placeOf(path, style)) ?? []), ...given]);
      }
  return written;
}

/** An older template may want a variable that there is no more; it made no project that can be met. */
function tryToRender(text: string, { variables }: Rendering): string | undefined {
  try {
    const rendered = renderText(text, variables);
    return rendered.trim() === '' ? undefined : rendered;
  } catch {
    return undefined;
  }
}

/**
 * What was once written to a path: the text whose hash the manifest has, else the one that is nearest to what is there.
 * @param edit what the generator itself changed in the file afterwards
 */
export async function baseOf(
  path: string,
  written: readonly Written[],
  yours: string,
  manifest: Manifest,
  style: ProjectStyle,
  edit: (text: string) => string,
): Promise<Base | undefined> {
  const hashes = new Set([manifest.files[path], manifest.edited[path]]);
  const bases = await Promise.all(
    written.map(async ({ version, path: from, template }): Promise<Base> => {
      const [styled] = await inStyle([{ path: from, contents: template }], style);
      const text = edit(styled?.contents ?? template);
      return {
        version,
        template,
        text,
        isExact: [template, styled?.contents ?? '', text].some((one) => hashes.has(sha256(one))),
      };
    }),
  );
  return bases.findLast(({ isExact }) => isExact) ?? nearest(bases, yours);
}

function nearest(bases: readonly Base[], yours: string): Base | undefined {
  const ranked = bases.map((base) => ({ base, distance: distance(base.text, yours) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.base;
}

function distance(a: string, b: string): number {
  return diffLines(a, b, { ignoreNewlineAtEof: true, stripTrailingCr: true })
    .filter(({ added, removed }) => added || removed)
    .reduce((sum, { count }) => sum + (count ?? 1), 0);
}
