import type { CodeFile, CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { isClass } from '../model/classes.js';
import { isExportsAssignment, isExportsCall } from '../model/common-exports.js';
import { unwrap } from '../model/functions.js';
import { walkLoadTime } from '../model/load-time.js';
import type { Rule } from '../rule.js';

const STATEMENTS =
  /^(ExpressionStatement|IfStatement|ForStatement|ForOfStatement|ForInStatement|WhileStatement|DoStatement|SwitchStatement|TryStatement|ThrowStatement|Block|LabeledStatement)$/;

/** Functions of Node that start, write or wait for something. */
const ACTS =
  /^(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|fetch|createServer|createSecureServer|createConnection|connect|listen|spawn|spawnSync|fork|exec|execSync|execFile|execFileSync|writeFile|writeFileSync|appendFile|appendFileSync|mkdir|mkdirSync|mkdtemp|mkdtempSync|rm|rmSync|rmdirSync|unlink|unlinkSync|rename|renameSync|copyFileSync|cpSync|openSync|createWriteStream|log|info|warn|error|debug|exit|abort|kill|chdir|watch|watchFile|createInterface|addListener|addEventListener|emitWarning|on|once)$/;
/** Classes of Node whose instances work by themselves. */
const WORKS = /^(Worker|Server|WebSocket|EventSource|BroadcastChannel|PerformanceObserver|FSWatcher)$/;

export const noSideEffects: Rule = {
  id: 'no-side-effects',
  severity: 'error',
  clause: 'The module of a worker only declares: every process that runs a job loads it.',
  fixable: false,
  *check({ module }) {
    const workers = [...module.workers, ...module.functionWorkers.filter((worker) => worker.isDefined)];
    for (const file of new Set(workers.map((worker) => worker.file))) yield* judge(file);
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

function isOfFile(root: CodeNode | undefined): boolean {
  return root !== undefined && root.symbol?.declarations[0]?.file === root.file;
}

/** Directives, and settings of what the module itself declares. */
function isHarmless(expression: CodeNode): boolean {
  if (expression.kind === 'StringLiteral') return true;
  if (isExportsAssignment(expression)) return !acts(expression.get('right'));
  if (expression.kind === 'VoidExpression') return rootOf(expression.get('expression')) !== undefined;
  if (expression.operator === '=' && expression.kind === 'BinaryExpression')
    return isOfFile(rootOf(expression.get('left'))) && !acts(expression.get('right'));
  if (isExportsCall(expression)) return expression.list('arguments').every((given) => !acts(given));
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

/** What an initializer of a declaration does, or a static member of a class. */
function acting(statement: CodeNode): CodeNode | undefined {
  const declared = isClass(statement) ? statement : statement.get('expression');
  if (declared && isClass(declared)) return firstAct(declared);
  const list = statement.get('declarationList');
  if (!list) return undefined;
  for (const declaration of list.list('declarations')) {
    const value = declaration.get('initializer');
    const act = firstAct(value);
    if (act) return isClass(unwrap(value)!) ? act : statement;
  }
  return /^await\b/.test(list.text) ? statement : undefined;
}

function acts(value: CodeNode | undefined): boolean {
  return firstAct(value) !== undefined;
}

/** The part of an expression or class that does something when the module is loaded, as it stands there. */
function firstAct(value: CodeNode | undefined): CodeNode | undefined {
  if (!value) return undefined;
  if (isClass(value)) {
    const members = value
      .list('members')
      .filter((member) => member.has('static') || /StaticBlock/.test(member.kind));
    return members.find((member) => runs(member));
  }
  return runs(value) ? value : undefined;
}

function runs(part: CodeNode): boolean {
  let found = false;
  const start = /^(MethodDeclaration|GetAccessor|SetAccessor)$/.test(part.kind) ? undefined : part;
  if (!start) return false;
  walkLoadTime(start.kind === 'PropertyDeclaration' ? (start.get('initializer') ?? start) : start, (node) => {
    if (node.kind === 'AwaitExpression') found = true;
    if (node.kind === 'NewExpression' && (isPool(node) || isWorking(node))) found = true;
    if (node.kind === 'CallExpression' && isAct(node)) found = true;
  });
  return found;
}

function isWorking(node: CodeNode): boolean {
  const symbol = node.get('expression')?.symbol;
  return symbol?.origin === 'library' && WORKS.test(symbol.name);
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
