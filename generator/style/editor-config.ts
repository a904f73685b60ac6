import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import picomatch from 'picomatch';
import type { TextStyle } from './text-style.js';

interface Section {
  readonly glob: string;
  readonly settings: Record<string, string>;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What the `.editorconfig` files around a file say of it; the nearest one, and in it the last section, wins. */
export function editorSettings(root: string, path: string): Partial<TextStyle> {
  const settings: Record<string, string> = {};
  for (const { folder, sections } of configurationsAbove(dirname(join(root, path))))
    for (const { glob, settings: found } of sections)
      if (matches(glob, relative(folder, join(root, path)))) Object.assign(settings, found);
  return styleFrom(settings);
}

/** Outermost first, and none beyond one that says `root = true`. */
function configurationsAbove(start: string): { folder: string; sections: Section[] }[] {
  const found: { folder: string; sections: Section[] }[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, '.editorconfig');
    if (existsSync(file)) {
      const [preamble, ...sections] = parse(readFileSync(file, 'utf8'));
      found.unshift({ folder, sections });
      if (preamble?.settings.root === 'true') return found;
    }
    if (folder === dirname(folder)) return found;
  }
}

/** The first section is what comes before any. */
function parse(text: string): Section[] {
  const sections: Section[] = [{ glob: '', settings: {} }];
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const heading = /^\s*\[(.+)\]\s*$/.exec(line);
    const pair = /^\s*([\w-]+)\s*[=:]\s*(.*?)\s*(?:\s[#;].*)?$/.exec(line);
    if (heading?.[1]) sections.push({ glob: heading[1], settings: {} });
    else if (pair?.[1])
      Object.assign(sections.at(-1)?.settings ?? {}, { [pair[1].toLowerCase()]: pair[2]?.toLowerCase() });
  }
  return sections;
}

function matches(glob: string, path: string): boolean {
  const anywhere = glob.includes('/') ? glob.replace(/^\//, '') : `**/${glob}`;
  return picomatch.isMatch(path, anywhere, { dot: true });
}

function styleFrom(settings: Readonly<Record<string, string>>): Partial<TextStyle> {
  const style: Partial<Writable<TextStyle>> = {};
  const { indent_style: kind, indent_size: size, tab_width: width, end_of_line: eol, charset } = settings;
  if (kind === 'tab' || size === 'tab') style.indentation = '\t';
  else if (Number(size ?? width) > 0) style.indentation = ' '.repeat(Number(size ?? width));
  if (eol === 'crlf' || eol === 'lf') style.eol = eol === 'crlf' ? '\r\n' : '\n';
  if (charset !== undefined) style.mark = charset === 'utf-8-bom';
  if (settings.insert_final_newline !== undefined)
    style.lastLineEnds = settings.insert_final_newline === 'true';
  if (settings.quote_type === 'single' || settings.quote_type === 'double')
    style.quote = settings.quote_type === 'single' ? "'" : '"';
  return style;
}
