import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { contains, reach, unwrap } from '../model/functions.js';
import { findMutations } from '../model/mutations.js';
import { type Flow, flowOf, isModuleVariable, type Root, rootsOf } from '../model/value-flow.js';
import type { Rule } from '../rule.js';

/** By the type of what they are called on. */
const IMPURE = new Map([
  ['DateConstructor', /^(now)$/],
  ['Performance', /^(now)$/],
  ['Math', /^(random)$/],
  ['Process', /^(hrtime|uptime|cpuUsage|memoryUsage|resourceUsage)$/],
  ['HRTime', /^(bigint)$/],
  ['Crypto', /^(randomUUID|getRandomValues)$/],
]);
const RANDOM = /^(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues|hrtime)$/;

export const strategyPure: Rule = {
  id: 'strategy-pure',
  severity: 'error',
  clause: 'A strategy is pure: the same failure gives the same decision.',
  fixable: false,
  *check({ module }) {
    const seen = new Set<CodeNode>();
    for (const { decide, name } of module.strategies) {
      if (!decide) continue;
      const isOwn = (declaration: CodeNode) => declaration.file.isOwn && !declaration.file.isTest;
      const parts = reach([decide], isOwn);
      const flow = flowOf(parts);
      for (const finding of parts.flatMap((fn) => impurities(fn, name, flow, parts))) {
        if (!seen.has(finding.at)) yield finding;
        seen.add(finding.at);
      }
    }
  },
};

function impurities(fn: CodeNode, name: string, flow: Flow, parts: readonly CodeNode[]): RuleFinding[] {
  const found: RuleFinding[] = [];
  fn.walk((node) => {
    const source = sourceOf(node);
    if (source) found.push({ text: 'strategy-pure.source', values: { name, found: source }, at: node });
  });
  for (const { target } of findMutations(fn, { fills: true })) {
    const isKept = (root: Root) =>
      root.kind !== 'local' || !parts.some((part) => root.declaration && contains(part, root.declaration));
    if (!rootsOf(target, flow).some((root) => isKept(root) && outlives(root, target))) continue;
    found.push({ text: 'strategy-pure.changed', values: { name, found: target.text }, at: target });
  }
  return found;
}

/** A local name that is set anew is no change of what it named before. */
function outlives({ kind, node }: Root, target: CodeNode): boolean {
  if (kind === 'class') return node !== target;
  const isName = target.kind === 'Identifier' && node !== target;
  const parent = target.parent?.kind ?? '';
  return !isName || /^(PropertyAccessExpression|ElementAccessExpression|CallExpression)$/.test(parent);
}

/** The clock or the dice a node reads. */
function sourceOf(node: CodeNode): string | undefined {
  if (node.kind === 'NewExpression' || node.kind === 'CallExpression') {
    const callee = unwrap(node.get('expression'));
    if (isDate(callee) && node.list('arguments').length === 0) return node.text;
    if (node.kind === 'CallExpression' && isRandomFunction(callee)) return `${callee!.text}()`;
  }
  if (node.kind === 'BindingElement') return boundSource(node);
  if (node.kind === 'Identifier') return takenSource(node);
  if (!/^(PropertyAccess|ElementAccess)Expression$/.test(node.kind)) return undefined;
  const object = node.get('expression')?.type.symbol;
  if (object?.origin !== 'library') return undefined;
  const member = node.get('argumentExpression')?.type.literal ?? node.name ?? '';
  return IMPURE.get(object.name)?.test(String(member)) ? node.text : undefined;
}

/** `const { random } = Math` */
function boundSource(node: CodeNode): string | undefined {
  const from = node.parent?.type.symbol;
  const name = (node.get('propertyName') ?? node.get('name'))?.text ?? '';
  return from?.origin === 'library' && IMPURE.get(from.name)?.test(name) ? `${from.name}.${name}` : undefined;
}

/** A name that was taken out of `Math` and the like elsewhere. */
function takenSource(node: CodeNode): string | undefined {
  if (node.parent?.kind === 'BindingElement') return undefined;
  const declaration = node.symbol?.declarations[0];
  return declaration?.kind === 'BindingElement' && isModuleVariable(declaration)
    ? boundSource(declaration)
    : undefined;
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
