import { basename } from 'node:path';
import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';
import type { Rule, RuleContext } from '../rule.js';

interface Subject {
  readonly name: string;
  readonly at: CodeNode;
  readonly file: CodeFile;
  readonly symbols: readonly (CodeSymbol | undefined)[];
}

export const queueTested: Rule = {
  id: 'queue-tested',
  severity: 'error',
  clause: 'The kit runs on every queue.',
  fixable: false,
  *check(context) {
    for (const subject of subjects(context)) {
      if (isTested(context, subject) || isTestedOutside(context.code, subject)) continue;
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
    symbols: [queue.symbol, ...code.exportsOf(queue.file).values()],
  }));
  const ofFactories = project.queueFactories
    .filter((factory) => !queues.some((queue) => queue.file === factory.file))
    .map(({ name, at, file, symbol }) => ({ name, at, file, symbols: [symbol] }));
  return [...ofClasses, ...ofFactories];
}

function isTested({ project }: RuleContext, subject: Subject): boolean {
  return subject.symbols.some((symbol) =>
    [...project.uses.of(symbol)].some((file) => file.isTest && file.text.includes('describeQueue')),
  );
}

function isTestedOutside(code: Code, subject: Subject): boolean {
  const stem = basename(subject.file.path).replace(/\.[cm]?ts$/, '');
  return code.testsOutside.some(
    ({ text }) => text.includes('describeQueue') && (text.includes(subject.name) || text.includes(stem)),
  );
}
