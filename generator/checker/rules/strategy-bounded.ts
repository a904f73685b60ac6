import type { CodeFile, CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { givesNothing, isAnswered } from '../model/answers.js';
import { reach, unwrap } from '../model/functions.js';
import type { StrategyModel } from '../model/strategies.js';
import type { Rule } from '../rule.js';

export const strategyBounded: Rule = {
  id: 'strategy-bounded',
  severity: 'error',
  clause: 'A strategy gives up at some time.',
  fixable: false,
  *check({ module }) {
    for (const strategy of module.strategies) {
      const finding = judge(strategy, (declaration) => declaration.file.isOwn);
      if (finding) yield finding;
    }
    yield* endlessOptions(module.file);
  },
};

function judge(
  { decide, name }: StrategyModel,
  within: (declaration: CodeNode) => boolean,
): RuleFinding | undefined {
  if (!decide) return undefined;
  const parts = reach([decide], within);
  const at = decide.get('name') ?? decide;
  const seen = look(parts);
  if (seen.delegates) return undefined;
  if (!seen.fails) return { text: 'strategy-bounded.never', values: { name }, at };
  return seen.retries && !seen.counts
    ? { text: 'strategy-bounded.uncounted', values: { name }, at }
    : undefined;
}

/** What appears in what a strategy runs. */
function look(parts: readonly CodeNode[]) {
  const seen = { fails: false, retries: false, counts: false, delegates: false };
  for (const part of parts) {
    part.walk((node) => {
      if (
        /^(StringLiteral|NoSubstitutionTemplateLiteral|Identifier|PropertyAccessExpression)$/.test(node.kind)
      ) {
        const value = /^(Identifier|PropertyAccess)/.test(node.kind) ? node.type.literal : node.name;
        if (value === 'fail' && isAnswered(node)) seen.fails = true;
        if (value === 'immediately' || value === 'later') seen.retries = true;
      }
      if (isCount(node)) seen.counts = true;
      const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
      if (callee?.kind === 'PropertyAccessExpression' && callee.name === 'decide') {
        // One that another strategy decides is as bounded as that one.
        const target = callee.get('name')?.symbol?.declarations[0];
        if (!parts.some((own) => own === target)) seen.delegates = true;
      }
    });
  }
  return seen;
}

/** `attempt` or `elapsedMs` where it is used, and not only taken out or logged. */
function isCount(node: CodeNode): boolean {
  if (node.kind !== 'Identifier' || !/^(attempt|elapsedMs)$/.test(node.text)) return false;
  const { parent } = node;
  if (parent?.kind === 'BindingElement') return parent.get('propertyName') === node;
  if (parent?.kind === 'Parameter') return false;
  let above = parent;
  while (
    above &&
    /^(PropertyAccessExpression|TemplateSpan|TemplateExpression|BinaryExpression)$/.test(above.kind)
  )
    above = above.parent;
  return !(above?.kind === 'CallExpression' && givesNothing(above));
}

const ENDLESS = /^(Infinity|Number\.(POSITIVE_INFINITY|MAX_SAFE_INTEGER|MAX_VALUE))$/;

/** `new RetryStrategy({ maxRetries: Infinity })` is allowed, and rarely meant. */
function* endlessOptions(file: CodeFile): Iterable<RuleFinding> {
  const found: CodeNode[] = [];
  if (file.isTest || !file.text.includes('maxRetries')) return;
  file.root.walk((node) => {
    if (node.kind !== 'PropertyAssignment' || (node.name ?? node.get('name')?.text) !== 'maxRetries') return;
    if (isEndless(node.get('initializer')) && isForStrategy(node.parent)) found.push(node);
  });
  for (const at of found)
    yield { text: 'strategy-bounded.infinite', values: { found: at.text }, at, severity: 'warning' };
}

function isEndless(written: CodeNode | undefined, steps = 0): boolean {
  const value = unwrap(written);
  if (!value || steps > 3) return false;
  if (ENDLESS.test(value.text)) return true;
  const declared = value.kind === 'Identifier' ? value.symbol?.declarations[0] : undefined;
  return declared?.kind === 'VariableDeclaration' && isEndless(declared.get('initializer'), steps + 1);
}

/** Given to a strategy of the runtime, at once or by its name. */
function isForStrategy(literal: CodeNode | undefined): boolean {
  let holder = literal?.parent;
  while (holder && /^(As|Satisfies|Parenthesized)Expression$/.test(holder.kind)) holder = holder.parent;
  if (holder?.kind === 'NewExpression') return holder.get('expression')?.symbol?.origin === 'runtime';
  if (holder?.kind === 'CallExpression') return holder.get('expression')?.kind === 'SuperKeyword';
  const key = holder?.kind === 'VariableDeclaration' ? holder.get('name')?.symbol?.key : undefined;
  let found = false;
  if (key === undefined) return false;
  holder?.file.root.walk((node) => {
    if (node.kind !== 'NewExpression' || node.get('expression')?.symbol?.origin !== 'runtime') return;
    if (node.list('arguments').some((given) => unwrap(given)?.symbol?.key === key)) found = true;
  });
  return found;
}
