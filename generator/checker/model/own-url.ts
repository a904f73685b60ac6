import { basename } from 'node:path';
import type { CodeNode } from '../adapter/index.js';
import { unwrap } from './functions.js';

const MOST_STEPS = 8;

/** Whether an expression is the URL, or the path, of the file it stands in, however it is wrapped. */
export function isOwnUrl(value: CodeNode | undefined, steps = 0): boolean {
  const node = unwrap(value);
  if (!node || steps > MOST_STEPS) return false;
  const again = (next: CodeNode | undefined) => isOwnUrl(next, steps + 1);
  switch (node.kind) {
    case 'PropertyAccessExpression':
      return (
        isOfImportMeta(node) ||
        (node.name === 'href' && again(node.get('expression'))) ||
        again(initializerOf(node.get('name') ?? node))
      );
    case 'ElementAccessExpression':
      return isOfImportMeta(node);
    case 'Identifier':
      if (node.text === '__filename' && !isOfThisFile(node)) return true;
      return isTakenFromMeta(node) || again(initializerOf(node));
    case 'TemplateExpression':
      return (
        node.get('head')?.name === '' &&
        isOnlySpan(node) &&
        again(node.list('templateSpans')[0]?.get('expression'))
      );
    case 'NewExpression':
      return node.get('expression')?.text === 'URL' && isUrlOf(node.list('arguments'), again);
    case 'CallExpression':
      return isUrlCall(node, again);
    default:
      return false;
  }
}

type Again = (next: CodeNode | undefined) => boolean;

/** `import.meta.url`, `.filename` */
function isOfImportMeta(node: CodeNode): boolean {
  const name = node.get('argumentExpression')?.name ?? node.name;
  return /^(url|filename)$/.test(name ?? '') && node.get('expression')?.kind === 'MetaProperty';
}

function isOfThisFile({ symbol, file }: CodeNode): boolean {
  return symbol?.declarations.some((declaration) => declaration.file === file) ?? false;
}

function isOnlySpan(node: CodeNode): boolean {
  const spans = node.list('templateSpans');
  return spans.length === 1 && spans[0]?.get('literal')?.name === '';
}

/** `const { url } = import.meta` */
function isTakenFromMeta(node: CodeNode): boolean {
  const declared = node.symbol?.declarations[0];
  if (declared?.kind !== 'BindingElement' || declared.file !== node.file) return false;
  const name = (declared.get('propertyName') ?? declared.get('name'))?.text ?? '';
  const from = unwrap(declared.parent?.parent?.get('initializer'));
  return from?.kind === 'MetaProperty' && /^(url|filename)$/.test(name);
}

/** What a constant of this file was set to. */
function initializerOf(node: CodeNode): CodeNode | undefined {
  const declared = node.symbol?.declarations[0];
  return declared?.file === node.file ? declared.get('initializer') : undefined;
}

/** `new URL('./sums.worker.js', import.meta.url)`, `new URL(import.meta.url)` */
function isUrlOf(given: readonly CodeNode[], again: Again): boolean {
  const last = given.at(-1);
  if (!last || !again(last)) return false;
  return given.length === 1 || namesOwnFile(given[0]);
}

function namesOwnFile(node: CodeNode | undefined): boolean {
  const path = unwrap(node)?.type.literal;
  if (typeof path !== 'string' || node === undefined) return false;
  if (path === '') return true;
  const inFolder = /^(\.\/)?[^/\\]+$/.test(path);
  return inFolder && stem(path) === stem(node.file.path);
}

const PASSES_ON = /^(String|fileURLToPath|pathToFileURL|realpathSync|normalize|resolve)$/;

function isUrlCall(call: CodeNode, again: Again): boolean {
  const callee = unwrap(call.get('expression'));
  const given = call.list('arguments');
  if (!callee) return false;
  const object = callee.kind === 'PropertyAccessExpression' ? callee.get('expression') : undefined;
  const name = callee.name ?? callee.text;
  if (object && /^(toString|toJSON|valueOf)$/.test(name) && given.length === 0) return again(object);
  // `import.meta.resolve('./this-file.js')`
  if (object?.kind === 'MetaProperty' && name === 'resolve')
    return namesOwnFile(given[0]) && given[0]?.type.literal !== '';
  // `join(import.meta.dirname, 'this-file.js')`
  if (/^(join|resolve)$/.test(name) && given.length === 2)
    return isOwnFolder(unwrap(given[0])) && namesOwnFile(given[1]) && given[1]?.type.literal !== '';
  return PASSES_ON.test(name) && given.length === 1 && again(given[0]);
}

/** `import.meta.dirname`, `__dirname` */
function isOwnFolder(node: CodeNode | undefined): boolean {
  if (node?.kind === 'Identifier') return node.text === '__dirname' && !isOfThisFile(node);
  return node?.name === 'dirname' && node.get('expression')?.kind === 'MetaProperty';
}

function stem(path: string): string {
  return basename(path).replace(/\.[cm]?[jt]sx?$/, '');
}
