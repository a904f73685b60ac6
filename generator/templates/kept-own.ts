import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { completeLines } from '../plan/complete-lines.js';
import type { FileOutput } from '../plan/output.js';
import { foldersOf, type Rendering } from './generators.js';
import type { TemplateText } from './history.js';
import { OWN_HISTORY } from './own-templates.js';
import type { TemplateSource } from './tree.js';

/** Keeps the text of each template of the project's own that was used, as the base of a later merge. */
export function keptOwn(rendering: Rendering, source: TemplateSource, version: string): FileOutput[] {
  const used = foldersOf(rendering).flatMap((folder) =>
    source.below(folder).filter((path) => source.isOwn(path)),
  );
  if (used.length === 0) return [];
  const lines = used.map((template) => JSON.stringify({ template, version, text: source.text(template) }));
  const contents = `${lines.join('\n')}\n`;
  return [{ kind: 'file', path: OWN_HISTORY, contents, existing: (text) => completeLines(text, contents) }];
}

/** What a project's own templates have said, oldest first. */
export function ownTexts(root: string): TemplateText[] {
  try {
    const lines = readFileSync(join(root, OWN_HISTORY), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as TemplateText);
  } catch {
    // None were used yet, or the file was damaged: then a merge has no base, and says so.
    return [];
  }
}
