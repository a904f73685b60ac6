import { content } from './files.js';

/** A block of code of a page. */
export interface Snippet {
  /** Where it stands: page and line. */
  readonly where: string;
  /** The file that it shows, by its first line `// src/main.ts`; `undefined` for a part of one. */
  readonly file: string | undefined;
  readonly language: string;
  readonly code: string;
  /** What the page says that it prints: a block of `text` right behind it. */
  readonly prints: string | undefined;
}

interface Fence {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  /** Lines between a comment `<!-- given` and `-->` right before it: what the reader knows from the prose. */
  readonly given: string;
}

const CODE = ['ts', 'js', 'cjs', 'mjs'];
const FENCE = /(?:^<!-- given\n([\s\S]*?)\n-->\n+)?^```(\w+)\n([\s\S]*?)^```$/gm;
const FILE_NAME = /^\/\/ ([\w./-]+\.(?:ts|js|cjs|mjs))\n/;

function fencesOf(page: string): Fence[] {
  const text = content(page);
  return [...text.matchAll(FENCE)].map(({ 1: given = '', 2: language = '', 3: code = '', index }) => ({
    language,
    text: code,
    given,
    line: text.slice(0, index).split('\n').length,
  }));
}

/** Every block of code of a page, in order; one that names several files is several. */
export function snippetsOf(page: string): Snippet[] {
  const fences = fencesOf(page);
  return fences.flatMap((fence, at) => {
    if (!CODE.includes(fence.language)) return [];
    const next = fences[at + 1];
    const prints = next?.language === 'text' ? next.text : undefined;
    const parts = fence.text.split(/\n(?=\/\/ [\w./-]+\.(?:ts|js|cjs|mjs)\n)/);
    return parts.map((part, place) => ({
      where: `${page}:${fence.line}`,
      file: FILE_NAME.exec(part)?.[1],
      language: fence.language,
      code: `${fence.given}\n${part}`,
      prints: place === parts.length - 1 ? prints : undefined,
    }));
  });
}
