const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
/** Where a slash begins a regular expression, and divides nothing. */
const BEFORE_REGEXP = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\breturn|\btypeof|\bcase|=>)\s*$/;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/\w*/y;

/**
 * The arguments of a call, or the members of an object or array, as texts without the spaces around them.
 * @param open where its bracket is
 * @returns `undefined` where it does not end
 */
export function partsWithin(text: string, open: number): string[] | undefined {
  const parts: string[] = [];
  let from = open + 1;
  for (let at = from; at < text.length; ) {
    const char = text[at]!;
    if (char === ',' || char === CLOSING[text[open]!]) {
      const part = text.slice(from, at).trim();
      if (part !== '') parts.push(part);
      if (char !== ',') return parts;
      from = at + 1;
    }
    at = endOf(text, at);
  }
  return undefined;
}

/** Behind the character, or behind all of the text, comment or pair of brackets that begins with it. */
function endOf(text: string, at: number): number {
  const char = text[at]!;
  if (char === '"' || char === "'") return endOfText(text, at, char);
  if (char === '`') return endOfTemplate(text, at);
  if (char === '/') return endOfSlash(text, at);
  return char in CLOSING ? endOfBrackets(text, at) : at + 1;
}

function endOfBrackets(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== CLOSING[text[open]!]) at = endOf(text, at);
  return at + 1;
}

function endOfText(text: string, open: number, quote: string): number {
  let at = open + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfTemplate(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== '`')
    if (text.startsWith('${', at)) at = endOfBrackets(text, at + 1);
    else at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfSlash(text: string, at: number): number {
  const next = text[at + 1];
  if (next === '/' || next === '*') {
    const end = text.indexOf(next === '/' ? '\n' : '*/', at + 2);
    return end === -1 ? text.length : end + (next === '/' ? 1 : 2);
  }
  REGEXP.lastIndex = at;
  const isRegExp = BEFORE_REGEXP.test(text.slice(Math.max(0, at - 20), at)) && REGEXP.test(text);
  return isRegExp ? REGEXP.lastIndex : at + 1;
}
