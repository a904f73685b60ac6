import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { ownPackage } from '../project/own-package.js';
import { presentTemplates } from './tree.js';

/** One text that a template has had. */
export interface TemplateText {
  /** Below `templates`: `worker/src/workers/__kebab__.worker.ts.hbs`. */
  readonly template: string;
  /** Version of the first package with this text. */
  readonly version: string;
  readonly text: string;
}

let known: ReadonlyMap<string, readonly TemplateText[]> | undefined;

/**
 * Every text that each template has had, oldest first and the present one last. They travel in the package, so that a
 * project can be brought up to date without a network, whichever version made it.
 */
export function templateHistory(): ReadonlyMap<string, readonly TemplateText[]> {
  known ??= read();
  return known;
}

function read(): Map<string, TemplateText[]> {
  const { root, version } = ownPackage();
  const history = new Map<string, TemplateText[]>();
  for (const kept of keptTexts(root))
    history.set(kept.template, [...(history.get(kept.template) ?? []), kept]);
  for (const template of presentTemplates.below('')) {
    const text = presentTemplates.text(template);
    const texts = history.get(template) ?? [];
    const before = texts.filter((one) => one.text !== text);
    const present = texts.find((one) => one.text === text) ?? { template, version, text };
    history.set(template, [...before, present]);
  }
  return history;
}

function keptTexts(root: string): TemplateText[] {
  const file = join(root, 'dist', 'template-history.br');
  if (!existsSync(file)) return [];
  const lines = brotliDecompressSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as TemplateText);
}
