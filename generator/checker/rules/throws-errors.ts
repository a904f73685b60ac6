import type { CodeNode, CodeType } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { unwrap } from '../model/functions.js';
import { findIn } from '../model/job-code.js';
import type { Rule } from '../rule.js';

export const throwsErrors: Rule = {
  id: 'throws-errors',
  severity: 'error',
  clause: 'What is thrown is an `Error`.',
  fixable: false,
  check({ module }) {
    return findIn(module.jobCode, 'thrown', thrownBy);
  },
};

function thrownBy(node: CodeNode): RuleFinding | undefined {
  if (node.kind === 'ThrowStatement') {
    const thrown = node.get('expression');
    return thrown && !mayBeError(thrown.type) ? finding(node, thrown.type.text) : undefined;
  }
  if (node.kind !== 'CallExpression' || !rejects(node)) return undefined;
  const reason = node.list('arguments')[0];
  return reason && mayBeError(reason.type) ? undefined : finding(node, reason?.type.text ?? 'nothing');
}

function finding(at: CodeNode, type: string): RuleFinding {
  return { text: 'throws-errors.thrown', values: { type }, at };
}

function mayBeError(type: CodeType): boolean {
  // `{}` is what is left of `unknown` when it has been found to be something.
  if (/^(any|unknown|never)$/.test(type.shape) || type.text === '{}') return true;
  if (type.shape === 'union') return type.parts.every((part) => mayBeError(part));
  if (type.shape === 'parameter') return type.constraint === undefined || mayBeError(type.constraint);
  return type.lineage.some(
    (base) => base.symbol?.origin === 'library' && /(Error|Exception)$/.test(base.symbol.name),
  );
}

/** `Promise.reject(…)`, or the second parameter of the function given to `new Promise`. */
function rejects(call: CodeNode): boolean {
  const callee = unwrap(call.get('expression'));
  if (callee?.kind === 'PropertyAccessExpression') {
    const owner = callee.get('expression')?.type.symbol?.name ?? '';
    return callee.name === 'reject' && /^Promise(Constructor|WithResolvers)$/.test(owner);
  }
  if (callee?.kind === 'Identifier' && isTakenFromResolvers(callee)) return true;
  const parameter = callee?.kind === 'Identifier' ? callee.symbol?.declarations[0] : undefined;
  if (parameter?.kind !== 'Parameter' || parameter.parent?.list('parameters')[1] !== parameter) return false;
  const maker = parameter.parent.parent;
  return (
    maker?.kind === 'NewExpression' && maker.get('expression')?.type.symbol?.name === 'PromiseConstructor'
  );
}

/** `const { promise, reject } = Promise.withResolvers()` */
function isTakenFromResolvers(callee: CodeNode): boolean {
  const taken = callee.symbol?.declarations[0];
  if (taken?.kind !== 'BindingElement') return false;
  const name = (taken.get('propertyName') ?? taken.get('name'))?.text;
  const from = taken.parent?.type.symbol;
  return name === 'reject' && from?.origin === 'library' && from.name === 'PromiseWithResolvers';
}
