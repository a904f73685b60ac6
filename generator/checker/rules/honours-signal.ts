import type { CodeNode } from '../adapter/index.js';
import { isClass, ownMember } from '../model/classes.js';
import { functionOf, isFunction, reach, unwrap } from '../model/functions.js';
import { findMutations } from '../model/mutations.js';
import type { Rule } from '../rule.js';

const LOOPS = /^(WhileStatement|DoStatement|ForStatement)$/;

export const honoursSignal: Rule = {
  id: 'honours-signal',
  severity: 'error',
  clause: 'A job that may run without end looks at `this.signal`.',
  fixable: false,
  *check({ module }) {
    const seen = new Set<CodeNode>();
    for (const worker of module.allWorkers.filter((model) => !model.file.isTest)) {
      const member = ownMember(worker.node, 'process');
      const start = member && functionOf(member);
      if (!start) continue;
      for (const loop of endlessLoops(start)) {
        if (seen.has(loop)) continue;
        seen.add(loop);
        yield { text: 'honours-signal.endless', values: { name: worker.name ?? 'the class' }, at: loop };
      }
    }
  },
};

/** Loops of a function, and of what it calls in the project, that nothing bounds and that look at no signal. */
export function endlessLoops(start: CodeNode): CodeNode[] {
  const inProject = (declaration: CodeNode) =>
    declaration.symbol?.origin !== 'runtime' &&
    !declaration.file.isTest &&
    !declaration.file.path.includes('/node_modules/');
  return reach([start], inProject)
    .flatMap((fn) => unboundedIn(fn))
    .filter((loop) => !looks(loop, inProject));
}

function unboundedIn(fn: CodeNode): readonly CodeNode[] {
  return fn.remember('unbounded loops', () => {
    const loops: CodeNode[] = [];
    fn.walk((node) => {
      if (LOOPS.test(node.kind) && isUnbounded(node)) loops.push(node);
    });
    return loops;
  });
}

function conditionOf(loop: CodeNode): CodeNode | undefined {
  return loop.kind === 'ForStatement' ? loop.get('condition') : loop.get('expression');
}

/** Its condition is always true, or made of names that nothing in the loop changes. */
function isUnbounded(loop: CodeNode): boolean {
  if (yields(loop)) return false;
  const condition = unwrap(conditionOf(loop));
  if (!condition) return loop.kind === 'ForStatement';
  if (condition.kind === 'NumericLiteral') return condition.text !== '0';
  if (condition.kind === 'TrueKeyword' || condition.type.literal === true) return true;
  if (/^!(0|false)$/.test(condition.text)) return true;
  return nothingChanges(loop, condition);
}

function yields(loop: CodeNode): boolean {
  let found = false;
  loop.get('statement')?.walk((node) => {
    if (isFunction(node) || isClass(node)) return 'skip';
    if (node.kind === 'YieldExpression') found = true;
  });
  return found;
}

function nothingChanges(loop: CodeNode, condition: CodeNode): boolean {
  const names = new Set<object>();
  let simple = true;
  condition.walk((node) => {
    if (node.kind === 'PropertyAccessExpression' && isGivenData(node, loop)) return;
    if (
      /^(CallExpression|AwaitExpression|PropertyAccessExpression|ElementAccessExpression|BinaryExpression|PostfixUnaryExpression)$/.test(
        node.kind,
      )
    ) {
      if (
        node.kind !== 'BinaryExpression' ||
        /=$/.test(node.operator ?? '') === !/^[=!<>]/.test(node.operator ?? '')
      )
        simple = false;
    }
    if (node.kind === 'PrefixUnaryExpression' && node.operator !== '!' && node.operator !== '-')
      simple = false;
    if (node.kind === 'Identifier' && node.symbol) names.add(node.symbol.key);
  });
  if (!simple || names.size === 0) return false;
  const parts = [loop.get('statement'), loop.get('incrementor')].filter((part) => part !== undefined);
  const changed = parts.flatMap((part) => findMutations(part, { fills: true }));
  return !changed.some(({ root }) => root.symbol !== undefined && names.has(root.symbol.key));
}

/** `args.again` of a parameter that the loop hands to nobody: data, which nothing but the loop changes. */
function isGivenData(access: CodeNode, loop: CodeNode): boolean {
  const object = unwrap(access.get('expression'));
  const declared = object?.kind === 'Identifier' ? object.symbol?.declarations[0] : undefined;
  const member = access.get('name')?.symbol?.declarations[0];
  if (declared?.kind !== 'Parameter' || member?.kind !== 'PropertySignature' || !member.file.isOwn)
    return false;
  let isHandedOn = false;
  loop.walk((node) => {
    const isWhole = node.kind === 'Identifier' && node.symbol?.key === object?.symbol?.key;
    if (isWhole && node.parent?.kind !== 'PropertyAccessExpression') isHandedOn = true;
  });
  return !isHandedOn;
}

/** Whether the loop, or what it calls in the project, has an `AbortSignal` in its hands. */
function looks(loop: CodeNode, within: (declaration: CodeNode) => boolean): boolean {
  let found = false;
  for (const part of reach([loop], within)) {
    part.walk((node) => {
      if (found) return 'skip';
      if ((node.kind === 'Identifier' || node.kind === 'PropertyAccessExpression') && isSignal(node))
        found = true;
    });
    if (found) return true;
  }
  return false;
}

function isSignal(node: CodeNode): boolean {
  const { type } = node;
  const parts = type.shape === 'union' ? type.parts : [type];
  return parts.some((part) => part.symbol?.name === 'AbortSignal' && part.symbol.origin === 'library');
}
