import { basename } from 'node:path';
import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';
import { isClass } from '../model/classes.js';
import { functionOf, reach, unwrap } from '../model/functions.js';
import type { Rule, RuleContext } from '../rule.js';

interface Subject {
  readonly name: string;
  readonly at: CodeNode;
  readonly file: CodeFile;
  /** The class, what makes it, and the classes that derive from it: a test of these runs its code. */
  readonly keys: ReadonlySet<object>;
}

export const queueTested: Rule = {
  id: 'queue-tested',
  severity: 'error',
  clause: 'The kit runs on every queue.',
  fixable: false,
  *check(context) {
    const tested = testedKeys(context.code);
    for (const subject of subjects(context)) {
      if ([...subject.keys].some((key) => tested.has(key)) || isTestedOutside(context.code, subject))
        continue;
      yield { text: 'queue-tested.untested', values: { name: subject.name }, at: subject.at };
    }
  },
};

/** Each queue with the functions of its module that make it; a module without a class has its factories alone. */
function subjects({ code, project }: RuleContext): Subject[] {
  const queues = project.queues.filter((queue) => !queue.abstract);
  const ofClasses = queues.map((queue) => ({
    name: queue.name ?? 'the class',
    at: queue.at,
    file: queue.file,
    keys: keysOf([
      ...[queue, ...project.classes.filter((other) => other.bases.includes(queue.node))].flatMap((each) => [
        each.symbol,
        each.node.symbol,
      ]),
      ...makers(code, queue.file, queue.symbol),
    ]),
  }));
  const ofFactories = project.queueFactories
    .filter((factory) => !queues.some((queue) => queue.file === factory.file))
    .map(({ name, at, file, symbol }) => ({ name, at, file, keys: keysOf([symbol]) }));
  return [...ofClasses, ...ofFactories];
}

function keysOf(symbols: readonly (CodeSymbol | undefined)[]): ReadonlySet<object> {
  return new Set(symbols.flatMap((symbol) => (symbol ? [symbol.key] : [])));
}

/** Exports of a module, other classes left out, whose code names the queue. */
function makers(code: Code, file: CodeFile, queue: CodeSymbol | undefined): CodeSymbol[] {
  return [...code.exportsOf(file).values()].filter((symbol) =>
    symbol.declarations.some((declaration) => !isClass(declaration) && names(declaration, queue)),
  );
}

function names(part: CodeNode, symbol: CodeSymbol | undefined): boolean {
  let found = false;
  part.walk((node) => {
    if (node.kind === 'Identifier' && symbol !== undefined && node.symbol?.key === symbol.key) found = true;
  });
  return found;
}

/** All that is named by what the calls of the kit are given, near and far. */
function testedKeys(code: Code): ReadonlySet<object> {
  const own = new Set(code.files);
  const keys = new Set<object>();
  for (const file of code.files) {
    if (!file.text.includes('describeQueue')) continue;
    for (const call of kitCalls(file)) {
      const starts = isOpen(call) ? [file.root] : [call];
      for (const part of reach(starts, (declaration) => own.has(declaration.file))) collect(part, keys);
    }
  }
  return keys;
}

function collect(part: CodeNode, keys: Set<object>): void {
  part.walk((node) => {
    if (node.kind === 'ImportDeclaration') return 'skip';
    if (node.kind === 'Identifier' && node.symbol?.origin === 'project') keys.add(node.symbol.key);
    return undefined;
  });
}

function kitCalls(file: CodeFile): CodeNode[] {
  const calls: CodeNode[] = [];
  file.root.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    const symbol = (callee?.get('name') ?? callee)?.symbol;
    if (symbol?.name === 'describeQueue' && symbol.origin === 'runtime') calls.push(node);
  });
  return calls;
}

/** Whether a call is given what its place gets from elsewhere: a parameter, or the name of a loop. */
function isOpen(call: CodeNode): boolean {
  let found = false;
  for (const given of call.list('arguments')) {
    given.walk((node) => {
      const declaration = node.kind === 'Identifier' ? node.symbol?.declarations[0] : undefined;
      if (!declaration || !/^(Parameter|BindingElement|VariableDeclaration)$/.test(declaration.kind)) return;
      const isInside =
        declaration.file === call.file && declaration.start >= call.start && declaration.end <= call.end;
      if (!isInside && !functionOf(declaration) && !declaration.get('initializer')) found = true;
    });
  }
  return found;
}

/** Tests that the configuration leaves out are read as text, without their comments. */
function isTestedOutside(code: Code, subject: Subject): boolean {
  const stem = basename(subject.file.path).replace(/\.[cm]?ts$/, '');
  return code.testsOutside.some(({ text }) => {
    const bare = text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/.*$/gm, '$1');
    return (
      /\bmproc-worker\/testing\b/.test(bare) &&
      /\bdescribeQueue\b/.test(bare) &&
      (new RegExp(`\\b${subject.name}\\b`).test(bare) || bare.includes(stem))
    );
  });
}
