import type { CodeNode, CodeType } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { enclosingFunction, unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

export const noFloatingPromise: Rule = {
  id: 'no-floating-promise',
  severity: 'error',
  clause: 'A promise is awaited, returned, or given a handler.',
  fixable: false,
  *check({ module }) {
    const statements: CodeNode[] = [];
    module.file.root.walk((node) => {
      if (node.kind === 'ExpressionStatement') statements.push(node);
    });
    for (const statement of statements) {
      const finding = judge(statement.get('expression'));
      if (finding) yield finding;
    }
  },
};

function judge(written: CodeNode | undefined): RuleFinding | undefined {
  const expression = unwrap(written);
  if (!written || !expression) return undefined;
  for (const part of partsOf(expression)) {
    if (isAsyncForEach(part)) return { text: 'no-floating-promise.for-each', values: {}, at: written };
    if (!floats(part)) continue;
    const found = short(part.text);
    return {
      text: 'no-floating-promise.dropped',
      values: { found },
      at: written,
      suggestion: part === written ? addAwait(written) : undefined,
    };
  }
  return undefined;
}

/** What the value of a statement may be: both ends of `a ? b() : c()` and `a && b()`. */
function partsOf(expression: CodeNode): CodeNode[] {
  if (expression.kind === 'ConditionalExpression') {
    return [expression.get('whenTrue'), expression.get('whenFalse')].flatMap((part) =>
      part ? partsOf(unwrap(part)!) : [],
    );
  }
  if (expression.kind === 'BinaryExpression' && /^(&&|\|\||\?\?|,)$/.test(expression.operator ?? '')) {
    return [expression.get('left'), expression.get('right')].flatMap((part) =>
      part ? partsOf(unwrap(part)!) : [],
    );
  }
  return [expression];
}

function floats(expression: CodeNode): boolean {
  if (
    /^(AwaitExpression|VoidExpression|YieldExpression|BinaryExpression|DeleteExpression)$/.test(
      expression.kind,
    )
  )
    return false;
  if (!holdsPromise(expression.type)) return false;
  if (expression.kind !== 'CallExpression') return true;
  const callee = unwrap(expression.get('expression'));
  if (callee?.kind !== 'PropertyAccessExpression') return !runsTests(callee);
  return !isHandled(expression, callee) && !runsTests(callee) && !isEventOfRuntime(callee);
}

function holdsPromise(type: CodeType): boolean {
  if (type.shape === 'union') return type.parts.some((part) => holdsPromise(part));
  if (type.shape === 'array') return type.elements.some((element) => holdsPromise(element));
  return type.shape === 'object' && (type.property('then')?.type.calls.length ?? 0) > 0;
}

/** `.catch(f)`, `.then(f, g)`, and `.finally(f)` of one of these. */
function isHandled(call: CodeNode, callee: CodeNode): boolean {
  const given = call.list('arguments').length;
  if (callee.name === 'catch') return given > 0;
  if (callee.name === 'then') return given > 1;
  if (callee.name !== 'finally') return false;
  const before = unwrap(callee.get('expression'));
  const inner = before?.kind === 'CallExpression' ? unwrap(before.get('expression')) : undefined;
  return inner?.kind === 'PropertyAccessExpression' && isHandled(before!, inner);
}

/** The functions of `node:test` give promises that nobody has to await. */
function runsTests(callee: CodeNode | undefined): boolean {
  let root = callee;
  while (root?.kind === 'PropertyAccessExpression') root = unwrap(root.get('expression'));
  return (
    root?.symbol?.declarations.some((declaration) =>
      declaration.file.path.endsWith('/@types/node/test.d.ts'),
    ) ?? false
  );
}

/** The runtime itself looks after what listeners return. */
function isEventOfRuntime(callee: CodeNode): boolean {
  return callee.name === 'fireEvent' && callee.get('name')?.symbol?.origin === 'runtime';
}

function isAsyncForEach(call: CodeNode): boolean {
  const callee = call.kind === 'CallExpression' ? unwrap(call.get('expression')) : undefined;
  if (callee?.kind !== 'PropertyAccessExpression' || callee.name !== 'forEach') return false;
  if (callee.get('name')?.symbol?.origin !== 'library') return false;
  return call.list('arguments')[0]?.type.calls.some((signature) => holdsPromise(signature.returns)) ?? false;
}

/** To wait is another thing than not to: a suggestion. At the top level, waiting would hold up who loads the module. */
function addAwait(expression: CodeNode): Edit[] | undefined {
  const fn = enclosingFunction(expression);
  if (!fn?.has('async')) return undefined;
  if (expression.type.shape === 'array') return undefined;
  return [{ file: expression.file, start: expression.start, end: expression.start, text: 'await ' }];
}

function short(text: string): string {
  const [line = ''] = text.split(/\r?\n/);
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
