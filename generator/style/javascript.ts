import jsTokens, { type Token } from 'js-tokens';
import { transform } from 'sucrase';

const MODIFIERS = new Set(['public', 'private', 'protected', 'override', 'readonly', 'abstract', 'declare']);
const NAME_FOLLOWS = new Set(['IdentifierName', 'PrivateIdentifier']);

/** Takes the types out of a template's text; comments and everything else stay where they are. */
export function toJavaScript(text: string): string {
  const typeless = withoutDeclarations(withoutModifiers(text));
  const { code } = transform(typeless, {
    transforms: ['typescript'],
    disableESTransforms: true,
    preserveDynamicImport: true,
  });
  return tidy(code);
}

/** With the space behind each, which a compiler would leave. */
function withoutModifiers(text: string): string {
  const tokens = [...jsTokens(text)];
  let written = '';
  for (let index = 0; index < tokens.length; index++) {
    const [token, space, next] = [tokens[index], tokens[index + 1], tokens[index + 2]];
    const isModifier =
      token?.type === 'IdentifierName' &&
      MODIFIERS.has(token.value) &&
      space?.type === 'WhiteSpace' &&
      next !== undefined &&
      NAME_FOLLOWS.has(next.type);
    if (isModifier) index += 1;
    else written += token?.value ?? '';
  }
  return written;
}

/** Takes interfaces and type aliases out whole, with the comment that describes them. */
function withoutDeclarations(text: string): string {
  const tokens = [...jsTokens(text)];
  let written: Token[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const end = endOfDeclaration(tokens, index, written);
    if (end === undefined) {
      written.push(tokens[index] as Token);
      continue;
    }
    index = end;
    written = withoutComment(written);
  }
  return written.map((token) => token.value).join('');
}

/** Where the declaration that begins at a token ends, or `undefined` where none begins. */
function endOfDeclaration(
  tokens: readonly Token[],
  start: number,
  before: readonly Token[],
): number | undefined {
  const last = before.at(-1);
  if (last !== undefined && last.type !== 'LineTerminatorSequence') return undefined;
  const head = tokens.slice(start, start + 5).map((token) => token.value);
  const keyword = head[0] === 'export' ? head[2] : head[0];
  const name = head[0] === 'export' ? tokens[start + 4] : tokens[start + 2];
  if ((keyword !== 'interface' && keyword !== 'type') || name?.type !== 'IdentifierName') return undefined;
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const { value, type } = tokens[index] as Token;
    if (type !== 'Punctuator') continue;
    if ('{(['.includes(value)) depth += 1;
    if ('})]'.includes(value)) depth -= 1;
    const isOver = depth === 0 && (keyword === 'interface' ? value === '}' : value === ';');
    if (isOver) return tokens[index + 1]?.type === 'LineTerminatorSequence' ? index + 1 : index;
  }
  return undefined;
}

function withoutComment(tokens: readonly Token[]): Token[] {
  const [comment, lineEnd] = tokens.slice(-2);
  const isItsComment = comment?.type === 'MultiLineComment' && lineEnd?.type === 'LineTerminatorSequence';
  return isItsComment ? tokens.slice(0, -2) : [...tokens];
}

/** Takes the spaces out that stood around a type, and no two empty lines, or one between imports, are left. */
function tidy(code: string): string {
  const tokens = [...jsTokens(code)];
  const kept = tokens.map((token, index) => {
    if (token.type !== 'WhiteSpace') return token.value;
    const [before, after] = [tokens[index - 1], tokens[index + 1]];
    if (after === undefined || after.type === 'LineTerminatorSequence') return '';
    if (before === undefined || before.type === 'LineTerminatorSequence') return token.value;
    return /^[),;\]]$/.test(after.value) ? '' : ' ';
  });
  return kept
    .join('')
    .replace(/, \}(?= from )/g, ' }')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^(import [^;]*;)\n\n(?=import )/gm, '$1\n')
    .replace(/^\n+/, '');
}
