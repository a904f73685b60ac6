import type { Code, CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { reach, unwrap } from '../model/functions.js';
import type { StrategyModel } from '../model/strategies.js';
import type { Rule } from '../rule.js';

export const strategyBounded: Rule = {
  id: 'strategy-bounded',
  severity: 'error',
  clause: 'A strategy gives up at some time.',
  fixable: false,
  *check({ code, project }) {
    const files = new Set(code.files);
    for (const strategy of project.strategies) {
      const finding = judge(strategy, (declaration) => files.has(declaration.file));
      if (finding) yield finding;
    }
    yield* endlessOptions(code);
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
        if (value === 'fail') seen.fails = true;
        if (value === 'immediately' || value === 'later') seen.retries = true;
      }
      if (node.kind === 'Identifier' && (node.text === 'attempt' || node.text === 'elapsedMs'))
        seen.counts = true;
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

/** `new RetryStrategy({ maxRetries: Infinity })` is allowed, and rarely meant. */
function* endlessOptions(code: Code): Iterable<RuleFinding> {
  const found: CodeNode[] = [];
  for (const file of code.files) {
    if (file.isTest || !file.text.includes('maxRetries')) continue;
    file.root.walk((node) => {
      if (
        node.kind !== 'PropertyAssignment' ||
        (node.name !== 'maxRetries' && node.get('name')?.text !== 'maxRetries')
      )
        return;
      const maker = node.parent?.parent;
      const symbol = maker?.kind === 'NewExpression' ? maker.get('expression')?.symbol : undefined;
      const value = unwrap(node.get('initializer'))?.text ?? '';
      if (
        symbol?.origin === 'runtime' &&
        /^(Infinity|Number\.POSITIVE_INFINITY|Number\.MAX_SAFE_INTEGER|Number\.MAX_VALUE)$/.test(value)
      )
        found.push(node);
    });
  }
  for (const at of found)
    yield { text: 'strategy-bounded.infinite', values: { found: at.text }, at, severity: 'warning' };
}
