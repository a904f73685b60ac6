import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

const CONTROLS =
  /^(exit|reallyExit|abort|kill|chdir|umask|disconnect|setuid|setgid|seteuid|setegid|setgroups|initgroups|removeAllListeners)$/;
const LISTENS = /^(on|once|addListener|prependListener|prependOnceListener)$/;
const TAKEN_EVENTS = /^(SIG[A-Z]+|uncaughtException|unhandledRejection)$/;

export const noProcessControl: Rule = {
  id: 'no-process-control',
  severity: 'error',
  clause: 'A process belongs to its pool: a job neither ends it nor changes it for others.',
  fixable: false,
  check({ project }) {
    const found: RuleFinding[] = [];
    project.jobCode.walk((node) => {
      const what = controlled(node);
      if (what === undefined) return;
      found.push({ text: 'no-process-control.called', values: { found: what }, at: node });
    });
    return found;
  },
};

/** What of `process` a node calls or takes out to be called. */
function controlled(node: CodeNode): string | undefined {
  if (node.kind === 'CallExpression') return called(node);
  if (node.kind === 'BindingElement' && isProcess(node.parent?.parent?.get('initializer'))) {
    const name = (node.get('propertyName') ?? node.get('name'))?.text ?? '';
    return CONTROLS.test(name) ? `process.${name}` : undefined;
  }
  return undefined;
}

function called(call: CodeNode): string | undefined {
  const callee = unwrap(call.get('expression'));
  const name = memberName(callee);
  if (callee && name !== undefined && isProcess(unwrap(callee.get('expression')))) {
    const given = call.list('arguments');
    if (name === 'umask' && given.length === 0) return undefined;
    if (CONTROLS.test(name)) return `process.${name}`;
    const event = unwrap(given[0])?.type.literal;
    return LISTENS.test(name) && TAKEN_EVENTS.test(String(event)) ? `process.${name}('${event}')` : undefined;
  }
  return callee?.kind === 'Identifier' ? imported(callee) : undefined;
}

function memberName(callee: CodeNode | undefined): string | undefined {
  if (callee?.kind === 'PropertyAccessExpression') return callee.name;
  if (callee?.kind !== 'ElementAccessExpression') return undefined;
  const literal = callee.get('argumentExpression')?.type.literal;
  return typeof literal === 'string' ? literal : undefined;
}

/** `import { exit } from 'node:process'` */
function imported(callee: CodeNode): string | undefined {
  const { symbol } = callee;
  if (symbol?.origin !== 'library' || !CONTROLS.test(symbol.name)) return undefined;
  const ofProcess = symbol.declarations.some(
    ({ file, parent }) => file.path.endsWith('/process.d.ts') && parent?.name === 'Process',
  );
  return ofProcess ? `process.${symbol.name}` : undefined;
}

function isProcess(node: CodeNode | undefined): boolean {
  const symbol = node?.type.symbol;
  return symbol?.origin === 'library' && symbol.name === 'Process';
}
