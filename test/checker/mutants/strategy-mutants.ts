import { Lines, type Mutant } from './mutant.js';

export function strategyMutants(path: string, text: string): Mutant[] {
  const lines = new Lines(text);
  const decide = lines.first(/^ {2}decide\(/);
  const classLine = lines.first(/^export class/);
  const failLine = lines.first(/action: 'fail'/);
  const impure = [
    'void Math.random();',
    'void Date.now();',
    'void new Date();',
    'void performance.now();',
    'void crypto.randomUUID();',
    'void process.hrtime.bigint();',
    'decisions += 1;',
    '(this as { last?: number }).last = attempt;',
  ];
  const shared = '\nlet decisions = 0;\nexport const made = () => decisions;\n';
  return [
    ...impure.map((statement) => ({
      name: statement,
      path,
      text: `${lines.insertAfter(decide, `    ${statement}`)}${shared}`,
      at: [decide + 1],
      rules: ['strategy-pure'],
    })),
    {
      name: 'never gives up',
      path,
      text: lines.without(failLine),
      at: [decide],
      rules: ['strategy-bounded'],
    },
    {
      name: 'gives up without counting',
      path,
      text: `import type { Decision, Failure, Strategy } from 'mproc-worker';\n\nexport class Patient implements Strategy {\n  decide({ kind }: Failure): Decision {\n    return kind === 'crash' ? { action: 'fail' } : { action: 'immediately' };\n  }\n}\n`,
      at: [4],
      rules: ['strategy-bounded'],
    },
    {
      name: 'decide renamed',
      path,
      text: lines.replace(decide, (line) => line.replace('decide(', 'choose(')),
      at: [classLine],
      rules: ['typescript'],
    },
    {
      name: 'decide of another type',
      path,
      text: lines.replace(decide, (line) => line.replace(': Decision', ': string')),
      at: [decide],
      rules: ['typescript'],
    },
    {
      name: 'decide later',
      path,
      text: lines.replace(decide, (line) =>
        line.replace('decide', 'async decide').replace(': Decision', ': Promise<Decision>'),
      ),
      at: [decide],
      rules: ['typescript'],
    },
    {
      name: 'an action that is not there',
      path,
      text: lines.replace(failLine, (line) => line.replace("'fail'", "'stop'")),
      at: [failLine],
      rules: ['typescript'],
    },
    {
      name: 'throws a string',
      path,
      text: lines.insertAfter(decide, "    if (attempt > 100) throw 'mutant';"),
      at: [decide + 1],
      rules: ['throws-errors'],
    },
    {
      name: 'ends the process',
      path,
      text: lines.insertAfter(decide, '    if (attempt > 100) process.exit(1);'),
      at: [decide + 1],
      rules: ['no-process-control'],
    },
  ];
}
