import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TemplateText, templateHistory } from '../../../generator/templates/history.js';
import { presentTemplates } from '../../../generator/templates/tree.js';
import { CHECKOUT } from '../place/place.js';

/** How often the template that changed most has changed. */
export function historyLength(isOf: (template: string) => boolean): number {
  return Math.max(
    ...[...templateHistory()].filter(([template]) => isOf(template)).map(([, texts]) => texts.length),
  );
}

/** The text that a template had so many changes ago; the first one, where it has not changed so often. */
export function textBack(texts: readonly TemplateText[], back: number): string {
  return (texts.at(-1 - back) ?? texts[0])?.text ?? '';
}

/** Whether a file beside a queue is of a time when the queue did not import it yet. */
function isLaterPart(template: string, back: number): boolean {
  const [, place = '', part] = /^(queue\/.*\/__kebab__\.queue)\.(\w+)\.ts\.hbs$/.exec(template) ?? [];
  if (part === undefined || part === 'test') return false;
  const queue = textBack(templateHistory().get(`${place}.ts.hbs`) ?? [], back);
  return !queue.includes(`./{{kebab}}.queue.${part}.ts`);
}

/**
 * A package of an earlier version: the commands of this one with the templates of then, installed for itself.
 * @param back how many changes ago, for each template
 */
export function packageBack(folder: string, version: string, back: number): string {
  for (const part of ['bin', 'dist', 'templates', 'package.json', 'plopfile.js'])
    cpSync(join(CHECKOUT, part), join(folder, part), { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  rmSync(join(folder, 'templates'), { recursive: true });
  const present = new Set(presentTemplates.below(''));
  for (const [template, texts] of templateHistory()) {
    if (isLaterPart(template, back)) continue;
    mkdirSync(dirname(join(folder, 'templates', template)), { recursive: true });
    // What is gone today was shared by several templates, and had one text at a time.
    const text = textBack(texts, present.has(template) ? back : 0);
    writeFileSync(join(folder, 'templates', template), text);
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
  return join(folder, 'bin/create-mproc-worker.js');
}
