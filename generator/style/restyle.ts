import jsTokens from 'js-tokens';
import { TEMPLATE_STYLE, type TextStyle } from './text-style.js';

/** Gives a text of the templates another style; what a string or a template literal says stays. */
export function restyle(path: string, text: string, style: TextStyle): string {
  const isCode = /\.[cm]?[jt]sx?$/.test(path);
  const code = isCode && needsTokens(style) ? rewrite(text, style) : text;
  const ended = style.lastLineEnds ? code : code.replace(/\n$/, '');
  const lines = style.eol === '\n' ? ended : ended.replaceAll('\n', style.eol);
  return isCode && style.mark ? `\ufeff${lines}` : lines;
}

function needsTokens({ indentation, quote }: TextStyle): boolean {
  return indentation !== TEMPLATE_STYLE.indentation || quote !== TEMPLATE_STYLE.quote;
}

function rewrite(text: string, { indentation, quote }: TextStyle): string {
  let written = '';
  for (const token of jsTokens(text)) {
    const startsLine = written === '' || written.endsWith('\n');
    if (token.type === 'WhiteSpace' && startsLine) written += indented(token.value, indentation);
    else if (token.type === 'MultiLineComment')
      written += token.value.replace(/(?<=\n)[ ]+/g, (spaces) => indented(spaces, indentation));
    else if (token.type === 'StringLiteral') written += requoted(token.value, quote);
    else written += token.value;
  }
  return written;
}

/** An odd space is that of a comment's ` * `. */
function indented(spaces: string, indentation: string): string {
  const levels = Math.floor(spaces.length / TEMPLATE_STYLE.indentation.length);
  return indentation.repeat(levels) + ' '.repeat(spaces.length % TEMPLATE_STYLE.indentation.length);
}

/** Only where no escape comes or goes: formatters leave those strings as they are, too. */
function requoted(literal: string, quote: string): string {
  const inner = literal.slice(1, -1);
  return /['"\\]/.test(inner) ? literal : quote + inner + quote;
}
