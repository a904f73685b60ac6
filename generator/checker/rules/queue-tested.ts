import { basename } from 'node:path';
import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';
import { isClass } from '../model/classes.js';
import { identityOf } from '../model/identity.js';
import type { Rule, RuleContext } from '../rule.js';

interface Subject {
  readonly name: string;
  readonly at: CodeNode;
  readonly file: CodeFile;
  /** The class, what makes it, and the classes that derive from it: a test of these runs its code. */
  readonly identities: readonly string[];
}

export const queueTested: Rule = {
  id: 'queue-tested',
  severity: 'error',
  clause: 'The kit runs on every queue.',
  fixable: false,
  *check(context) {
    for (const subject of subjects(context)) {
      if (context.whole.isTested(subject.identities)) continue;
      if (isTestedOutside(context, subject)) continue;
      yield { text: 'queue-tested.untested', values: { name: subject.name }, at: subject.at };
    }
  },
};

/** Each queue with the functions of its module that make it; a module without a class has its factories alone. */
function subjects({ code, module, whole }: RuleContext): Subject[] {
  const queues = module.queues.filter((queue) => !queue.abstract);
  const ofClasses = queues.map(({ name, at, file, symbol, node }) => {
    const own = named([symbol, node.symbol, ...makers(code, file, symbol)]);
    return {
      ...{ name: name ?? 'the class', at, file },
      identities: [...own, ...own.flatMap((identity) => whole.derivedFrom(identity))],
    };
  });
  const ofFactories = queues.length > 0 ? [] : module.queueFactories;
  return [
    ...ofClasses,
    ...ofFactories.map(({ name, at, file, symbol }) => ({ name, at, file, identities: named([symbol]) })),
  ];
}

function named(symbols: readonly (CodeSymbol | undefined)[]): string[] {
  return [...new Set(symbols.flatMap((symbol) => identityOf(symbol) ?? []))];
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

/** Tests that the configuration leaves out are read as text, without their comments. */
function isTestedOutside({ whole }: RuleContext, subject: Subject): boolean {
  const stem = basename(subject.file.path).replace(/\.[cm]?ts$/, '');
  return whole.isTestedOutside(subject.name, stem);
}
