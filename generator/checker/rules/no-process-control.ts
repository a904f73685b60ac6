import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { unwrap } from '../model/functions.js';
import { findIn } from '../model/job-code.js';
import type { Rule } from '../rule.js';

const CONTROLS =
  /^(exit|reallyExit|abort|kill|chdir|disconnect|setUncaughtExceptionCaptureCallback|setuid|setgid|seteuid|setegid|setgroups|initgroups)$/;
const LISTENS = /^(on|once|addListener|prependListener|prependOnceListener)$/;
const TAKEN_EVENTS = /^(SIG[A-Z]+|uncaughtException|unhandledRejection)$/;

export const noProcessControl: Rule = {
  id: 'no-process-control',
  severity: 'error',
  clause: 'A process belongs to its pool: a job neither ends it nor changes it for others.',
  fixable: false,
  check({ module }) {
    return findIn(module.jobCode, 'process control', (node): RuleFinding | undefined => {
      const found = controlled(node);
      return found === undefined
        ? undefined
        : { text: 'no-process-control.called', values: { found }, at: node };
    });
  },
};

/** What of `process` a node calls, sets, or takes out to be called: `p.catch(process.exit)` calls it as well. */
function controlled(node: CodeNode): string | undefined {
  switch (node.kind) {
    case 'PropertyAccessExpression':
    case 'ElementAccessExpression':
      return member(node);
    case 'BindingElement':
      return taken(node);
    case 'Identifier':
      return imported(node);
    default:
      return undefined;
  }
}

function member(node: CodeNode): string | undefined {
  const literal = node.get('argumentExpression')?.type.literal;
  const name = literal === undefined ? node.name : String(literal);
  if (name === 'env' && isProcess(unwrap(node.get('expression'))) && isEnvChanged(node)) return 'process.env';
  if (name === undefined || isAskedFor(node) || !isProcess(unwrap(node.get('expression')))) return undefined;
  if (CONTROLS.test(name)) return asksWhetherAlive(callOf(node), name) ? undefined : `process.${name}`;
  if (name === 'exitCode') return isAssigned(node) ? 'process.exitCode' : undefined;
  const call = callOf(node);
  if (!call) return undefined;
  const given = call.list('arguments');
  if (name === 'umask') return given.length > 0 ? 'process.umask' : undefined;
  if (name === 'removeAllListeners') return 'process.removeAllListeners';
  const event = unwrap(given[0])?.type.literal;
  return LISTENS.test(name) && TAKEN_EVENTS.test(String(event)) ? `process.${name}('${event}')` : undefined;
}

/** `process.kill(pid, 0)` sends nothing. */
function asksWhetherAlive(call: CodeNode | undefined, name: string): boolean {
  return name === 'kill' && call?.list('arguments')[1]?.type.literal === 0;
}

function callOf(callee: CodeNode): CodeNode | undefined {
  let above = callee.parent;
  while (above && /^(ParenthesizedExpression|NonNullExpression)$/.test(above.kind)) above = above.parent;
  const called = above?.kind === 'CallExpression' ? unwrap(above.get('expression')) : undefined;
  return called === callee ? above : undefined;
}

function isAssigned(node: CodeNode): boolean {
  return node.parent?.get('left') === node && /^[^=!<>]?=$|\?\?=|\|\|=/.test(node.parent.operator ?? '');
}

/** `process.env.TZ = 'UTC'` is there for the jobs that follow. */
function isEnvChanged(node: CodeNode): boolean {
  const { parent } = node;
  if (parent?.kind === 'CallExpression')
    return parent.get('expression')?.text === 'Object.assign' && parent.list('arguments')[0] === node;
  if (!parent || !/^(PropertyAccess|ElementAccess)Expression$/.test(parent.kind)) return false;
  return parent.parent?.kind === 'DeleteExpression' || isAssigned(parent);
}

/** Whether a function is only asked for: `typeof process.exit`, `if (process.disconnect)`. */
function isAskedFor({ parent }: CodeNode): boolean {
  return (
    parent !== undefined &&
    /^(TypeOfExpression|TypeQuery|IfStatement|PrefixUnaryExpression)$/.test(parent.kind)
  );
}

/** `const { exit } = process` */
function taken(node: CodeNode): string | undefined {
  const name = (node.get('propertyName') ?? node.get('name'))?.text ?? '';
  return CONTROLS.test(name) && isProcess(node.parent) ? `process.${name}` : undefined;
}

/** `import { exit } from 'node:process'` */
function imported(node: CodeNode): string | undefined {
  const { parent, symbol } = node;
  if (/^(ImportSpecifier|ExportSpecifier|BindingElement|TypeQuery|QualifiedName)$/.test(parent?.kind ?? ''))
    return undefined;
  if (parent?.get('name') === node || symbol?.origin !== 'library' || !CONTROLS.test(symbol.name))
    return undefined;
  const ofProcess = symbol.declarations.some(
    ({ file, parent: owner }) => file.path.endsWith('/process.d.ts') && owner?.name === 'Process',
  );
  return ofProcess ? `process.${symbol.name}` : undefined;
}

function isProcess(node: CodeNode | undefined): boolean {
  const symbol = node?.type.symbol;
  if (symbol?.origin !== 'library') return false;
  return symbol.name === 'Process' || isProcessModule(node);
}

/** `import * as proc from 'node:process'` */
function isProcessModule(node: CodeNode | undefined): boolean {
  return node?.kind === 'Identifier' && /^"?(node:)?process"?$/.test(node.symbol?.name ?? '');
}
