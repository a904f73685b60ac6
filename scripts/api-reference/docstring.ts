import { type JSDocableNode, Node } from 'ts-morph';

/** What a comment says, in parts. */
export interface Docstring {
  readonly text: string;
  readonly isInternal: boolean;
  /** By the name of the tag, such as `default`. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
}

const NONE: Docstring = { text: '', isInternal: false, tags: new Map() };

/** `name` or `a name`: what a tag of the parameters is about comes with its text. */
export function docstringOf(node: Node): Docstring {
  const of = Node.isVariableDeclaration(node) ? node.getVariableStatement() : node;
  const last =
    of !== undefined && Node.isJSDocable(of) ? (of as JSDocableNode).getJsDocs().at(-1) : undefined;
  if (last === undefined) return NONE;
  const tags = new Map<string, string[]>();
  for (const tag of last.getTags()) {
    const name = tag.getTagName();
    // The text of `@param name …` is without the name, which is wanted here.
    const text = tag.getText().replace(/^@\w+\s*/, '');
    tags.set(name, [...(tags.get(name) ?? []), withoutStars(text)]);
  }
  return { text: withoutStars(last.getDescription()), isInternal: tags.has('internal'), tags };
}

function withoutStars(text: string): string {
  return (
    text
      .replaceAll(/^\s*\* ?/gm, '')
      .replace(/\*\/$/, '')
      // Indented code would have no language.
      .replaceAll(/^ {4}(\S.*)$/gm, '```ts\n$1\n```')
      .trim()
  );
}

/** In one line of a table. */
export function cell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}

export function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** For a page that may be shown as a site: what looks like an element outside of code is text. */
export function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('');
}
