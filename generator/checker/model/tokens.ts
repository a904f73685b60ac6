import type { CodeNode, CodeType } from '../adapter/index.js';
import { unwrap } from './functions.js';
import { changesRows, isText, textsIn } from './sql.js';

/** The method's own statements and those in constants it names; what it calls may have others for other ends. */
export function unfencedSql(fn: CodeNode, parts: readonly CodeNode[]): CodeNode | undefined {
  const own = parts.filter((part) => part === fn || isText(part));
  const statements = own.flatMap((part) => textsIn(part)).filter(({ text }) => changesRows(text));
  if (statements.length === 0 || statements.some(({ text }) => TOKEN.test(text))) return undefined;
  return parts.some((part) => comparesToken(part)) ? undefined : statements[0]?.node;
}

const TOKEN = /token|lease|receipt|fence|version/i;

function comparesToken(part: CodeNode): boolean {
  let found = false;
  part.walk((node) => {
    if (node.kind === 'BinaryExpression' && /^[!=]==?$/.test(node.operator ?? '')) {
      const sides = [unwrap(node.get('left')), unwrap(node.get('right'))];
      if (sides.some(isToken) && !sides.some((side) => /^(undefined|null)$/.test(side?.text ?? '')))
        found = true;
    }
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind === 'PropertyAccessExpression' && /^(get|has)$/.test(callee.name ?? '')) {
      if (node.list('arguments').some((given) => isToken(unwrap(given)))) found = true;
    }
  });
  return found;
}

function isToken(node: CodeNode | undefined): boolean {
  return (
    node !== undefined &&
    /^(Identifier|PropertyAccessExpression)$/.test(node.kind) &&
    /token$/i.test(node.text)
  );
}

/** Whether the leases have the runtime's type, so that they can be told from records. */
export function takesLeases(fn: CodeNode): boolean {
  const type = fn.list('parameters')[0]?.type;
  return type?.elements.some((element) => isLease(element)) ?? false;
}

/** What tells a delivery from any other; an engine may know it by a receipt of its own. */
const FENCES = ['token', 'receipt'];

/** Whether the token of a lease, and not that of a record, is read. */
export function readsToken(parts: readonly CodeNode[], isTyped: boolean): boolean {
  const bound = new Set<object>();
  let found = false;
  for (const part of parts) {
    part.walk((node) => {
      if (
        node.kind === 'BindingElement' &&
        FENCES.includes((node.get('propertyName') ?? node.get('name'))?.text ?? '')
      ) {
        const type = node.parent?.type;
        const name = node.get('name')?.symbol;
        if (name && (!isTyped || isLease(type))) bound.add(name.key);
      }
      const object = /^(PropertyAccess|ElementAccess)Expression$/.test(node.kind)
        ? node.get('expression')
        : undefined;
      const member = node.get('argumentExpression')?.type.literal ?? node.name;
      if (object && FENCES.includes(String(member)) && (!isTyped || isLease(object.type))) found = true;
    });
  }
  return found || parts.some((part) => refersTo(part, bound));
}

export function isLease(type: CodeType | undefined): boolean {
  const token = type?.property('token');
  return token?.declarations.some((declaration) => declaration.symbol?.origin === 'runtime') ?? false;
}

function refersTo(part: CodeNode, symbols: ReadonlySet<object>): boolean {
  let found = false;
  part.walk((node) => {
    if (node.kind !== 'Identifier' || node.parent?.kind === 'BindingElement') return;
    if (node.symbol && symbols.has(node.symbol.key)) found = true;
  });
  return found;
}
