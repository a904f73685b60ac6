import type { CodeFile, CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { isClass } from '../model/classes.js';
import { isFunction, unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

const STATEMENTS =
  /^(ExpressionStatement|IfStatement|ForStatement|ForOfStatement|ForInStatement|WhileStatement|DoStatement|SwitchStatement|TryStatement|ThrowStatement|Block|LabeledStatement)$/;

/** Functions of Node that start, write or wait for something. */
const ACTS =
  /^(setTimeout|setInterval|setImmediate|queueMicrotask|fetch|createServer|createSecureServer|createConnection|connect|listen|spawn|spawnSync|fork|exec|execSync|execFile|execFileSync|writeFile|writeFileSync|appendFile|appendFileSync|mkdir|mkdirSync|mkdtemp|mkdtempSync|rm|rmSync|rmdirSync|unlink|unlinkSync|rename|renameSync|copyFileSync|cpSync|openSync|createWriteStream|log|info|warn|error|debug|exit|kill|chdir|on|once)$/;

export const noSideEffects: Rule = {
  id: 'no-side-effects',
  severity: 'error',
  clause: 'The module of a worker only declares: every process that runs a job loads it.',
  fixable: false,
  *check({ project }) {
    for (const file of new Set(project.workers.map((worker) => worker.file))) yield* judge(file);
  },
};

function* judge(file: CodeFile): Iterable<RuleFinding> {
  for (const statement of file.root.list('statements')) {
    const found = STATEMENTS.test(statement.kind) ? doing(statement) : acting(statement);
    if (found) yield { text: 'no-side-effects.statement', values: { found: short(found.text) }, at: found };
  }
}

function doing(statement: CodeNode): CodeNode | undefined {
  const expression = unwrap(statement.get('expression'));
  if (statement.kind === 'IfStatement' && /\bimport\.meta\b|\brequire\.main\b/.test(expression?.text ?? ''))
    return undefined;
  if (statement.kind === 'ExpressionStatement' && expression && isHarmless(expression)) return undefined;
  return statement;
}

/** Directives, and settings of what the module itself declares. */
function isHarmless(expression: CodeNode): boolean {
  if (expression.kind === 'StringLiteral') return true;
  if (expression.operator === '=' && expression.kind === 'BinaryExpression') {
    const root = rootOf(expression.get('left'));
    const declaration = root?.symbol?.declarations[0];
    return declaration?.file === expression.file && !acts(expression.get('right'));
  }
  const callee = expression.get('expression')?.text;
  return (
    expression.kind === 'CallExpression' &&
    /^Object\.(freeze|seal|defineProperty|defineProperties)$/.test(callee ?? '')
  );
}

function rootOf(node: CodeNode | undefined): CodeNode | undefined {
  let current = unwrap(node);
  while (current && /^(PropertyAccess|ElementAccess)Expression$/.test(current.kind))
    current = unwrap(current.get('expression'));
  return current?.kind === 'Identifier' ? current : undefined;
}

/** What an initializer of a declaration does, functions and classes inside it left out. */
function acting(statement: CodeNode): CodeNode | undefined {
  const list = statement.get('declarationList');
  if (!list) return undefined;
  if (list.list('declarations').some((each) => acts(each.get('initializer')))) return statement;
  return /^await\b/.test(list.text) ? statement : undefined;
}

function acts(value: CodeNode | undefined): boolean {
  let found = false;
  value?.walk((node) => {
    if (found || isFunction(node) || isClass(node)) return 'skip';
    if (node.kind === 'AwaitExpression') found = true;
    if (node.kind === 'NewExpression' && isPool(node)) found = true;
    if (node.kind === 'CallExpression' && isAct(node)) found = true;
  });
  return found;
}

function isPool(node: CodeNode): boolean {
  const symbol = node.get('expression')?.symbol;
  return symbol?.origin === 'runtime' && /Pool$|Queue$/.test(symbol.name);
}

function isAct(call: CodeNode): boolean {
  const callee = unwrap(call.get('expression'));
  const symbol = (callee?.get('name') ?? callee)?.symbol;
  return symbol?.origin === 'library' && ACTS.test(symbol.name);
}

function short(text: string): string {
  const [line = ''] = text.split(/\r?\n/);
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
