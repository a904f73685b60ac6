import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { reach, unwrap } from '../model/functions.js';
import { findMutations, moduleVariable } from '../model/mutations.js';
import type { Rule } from '../rule.js';

/** By the type of what they are called on. */
const IMPURE = new Map([
  ['DateConstructor', /^(now)$/],
  ['Performance', /^(now)$/],
  ['Math', /^(random)$/],
  ['Process', /^(hrtime|uptime|cpuUsage|memoryUsage)$/],
  ['HRTime', /^(bigint)$/],
  ['Crypto', /^(randomUUID|getRandomValues)$/],
]);
const RANDOM = /^(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues|hrtime)$/;

export const strategyPure: Rule = {
  id: 'strategy-pure',
  severity: 'error',
  clause: 'A strategy is pure: the same failure gives the same decision.',
  fixable: false,
  *check({ project }) {
    const seen = new Set<CodeNode>();
    for (const { decide, name } of project.strategies) {
      if (!decide) continue;
      const isOwn = (declaration: CodeNode) => declaration.file === decide.file;
      for (const finding of reach([decide], isOwn).flatMap((fn) => impurities(fn, name))) {
        if (!seen.has(finding.at)) yield finding;
        seen.add(finding.at);
      }
    }
  },
};

function impurities(fn: CodeNode, name: string): RuleFinding[] {
  const found: RuleFinding[] = [];
  fn.walk((node) => {
    const source = sourceOf(node);
    if (source) found.push({ text: 'strategy-pure.source', values: { name, found: source }, at: node });
  });
  for (const { root, target } of findMutations(fn, { fills: true })) {
    if (root.kind !== 'ThisKeyword' && !moduleVariable(root)) continue;
    found.push({ text: 'strategy-pure.changed', values: { name, found: target.text }, at: target });
  }
  return found;
}

/** The clock or the dice a node reads. */
function sourceOf(node: CodeNode): string | undefined {
  if (node.kind === 'NewExpression' || node.kind === 'CallExpression') {
    const callee = unwrap(node.get('expression'));
    if (isDate(callee) && node.list('arguments').length === 0) return node.text;
    if (node.kind === 'CallExpression' && isRandomFunction(callee)) return `${callee!.text}()`;
  }
  if (node.kind === 'BindingElement') return boundSource(node);
  if (node.kind !== 'PropertyAccessExpression') return undefined;
  const object = node.get('expression')?.type.symbol;
  if (object?.origin !== 'library') return undefined;
  return IMPURE.get(object.name)?.test(node.name ?? '') ? node.text : undefined;
}

/** `const { random } = Math` */
function boundSource(node: CodeNode): string | undefined {
  const from = node.parent?.type.symbol;
  const name = (node.get('propertyName') ?? node.get('name'))?.text ?? '';
  return from?.origin === 'library' && IMPURE.get(from.name)?.test(name) ? `${from.name}.${name}` : undefined;
}

function isDate(callee: CodeNode | undefined): boolean {
  return callee?.type.symbol?.name === 'DateConstructor' && callee.type.symbol.origin === 'library';
}

function isRandomFunction(callee: CodeNode | undefined): boolean {
  const symbol = (callee?.get('name') ?? callee)?.symbol;
  return (
    symbol?.origin === 'library' &&
    RANDOM.test(symbol.name) &&
    !IMPURE.has(callee?.get('expression')?.type.symbol?.name ?? '')
  );
}
