import { Lines, type Mutant } from './mutant.js';

const METHODS = [
  'put',
  'pop',
  'reserve',
  'ack',
  'nack',
  'extend',
  'counts',
  'size',
  'getAll',
  'at',
  'clear',
  'close',
  'destroy',
];

/** `test` is the file that runs the kit. */
export function queueMutants(path: string, text: string, test: { path: string; text: string }): Mutant[] {
  const lines = new Lines(text);
  const classLine = lines.first(/^export class \w+Queue/);
  return [
    ...METHODS.flatMap((method) => ofMethod(path, lines, classLine, method)),
    ...ofSettling(path, lines),
    ...ofText(path, lines),
    ...ofSql(path, lines),
    {
      name: 'the kit does not run',
      path: test.path,
      text: 'export {};\n',
      at: [`${path}:${classLine}`],
      rules: ['queue-tested'],
    },
  ];
}

function ofMethod(path: string, lines: Lines, classLine: number, method: string): Mutant[] {
  const line = lines.first(new RegExp(`^  async ${method}\\(`));
  const renamed = lines.replace(line, (text) => text.replace(`async ${method}(`, `async ${method}All(`));
  return [
    {
      name: `${method} deleted`,
      path,
      text: lines.without(line, lines.endOf(line)),
      at: [classLine],
      rules: ['queue-members'],
    },
    { name: `${method} renamed`, path, text: renamed, at: [classLine], rules: ['queue-members'] },
    {
      name: `${method} of another type`,
      path,
      text: lines.replace(line, (text) => text.replace(/: Promise<.*> \{$/, ': Promise<RegExp> {')),
      at: [line],
      rules: ['queue-members'],
    },
    {
      name: `${method} with more arguments`,
      path,
      text: lines.replace(line, (text) =>
        text
          .replace(`${method}(`, `${method}(first: RegExp, second: RegExp, third: RegExp, `)
          .replace(', )', ')'),
      ),
      at: [line],
      rules: ['queue-members'],
    },
  ];
}

/** Leases settled without looking whose they are, and outcomes that are always good. */
function ofSettling(path: string, lines: Lines): Mutant[] {
  return ['ack', 'nack', 'extend'].flatMap((method) => {
    const line = lines.first(new RegExp(`^  async ${method}\\(`));
    const body = (code: string) =>
      new Lines(lines.without(line + 1, lines.endOf(line) - 1)).insertAfter(line, code);
    return [
      {
        name: `${method} always ok`,
        path,
        text: body("    return leases.map(() => 'ok');"),
        at: [line + 1],
        rules: ['queue-honest'],
      },
      {
        name: `${method} always ok, by a constant`,
        path,
        text: body("    const good = 'ok' as const; return leases.map(() => good);"),
        at: [line + 1],
        rules: ['queue-honest'],
      },
      {
        name: `${method} by id alone`,
        path,
        text: body("    return leases.map(({ id }) => (this.name === id ? 'ok' : 'lost'));"),
        at: [line],
        rules: ['queue-fenced'],
      },
      {
        name: `${method} answers nothing`,
        path,
        text: body('    return [];'),
        at: [line],
        rules: ['queue-fenced'],
      },
      {
        name: `${method} answers something else`,
        path,
        text: body("    return leases.map(() => 'good');"),
        at: [line + 1],
        rules: ['typescript'],
      },
    ];
  });
}

function ofText(path: string, lines: Lines): Mutant[] {
  const classLine = lines.first(/^export class \w+Queue/);
  const supports = lines.first(/^ {2}readonly supports = \{/);
  const lost = lines.find(/'lost'/)[0]!;
  const ok = lines.first(/: 'ok';|return 'ok';|'ok' : 'lost'/);
  const close = lines.first(/^ {2}async close\(/);
  return [
    {
      name: 'lost is called ok',
      path,
      text: lines.text.replaceAll("'lost'", "'ok'"),
      at: [lost.line, ok],
      rules: ['queue-honest'],
    },
    {
      name: 'supports deleted',
      path,
      text: lines.without(supports, lines.endOf(supports)),
      at: [classLine],
      rules: ['queue-members'],
    },
    {
      name: 'supports incomplete',
      path,
      text: lines.without(supports + 1),
      at: [supports],
      rules: ['queue-members'],
    },
    {
      name: 'dead deleted',
      path,
      text: lines.text.replace('  readonly dead: DeadLetters<T>;\n', ''),
      at: [classLine],
      rules: ['queue-members'],
    },
    {
      name: 'dead of another type',
      path,
      text: lines.text.replace('readonly dead: DeadLetters<T>;', 'readonly dead: string[];'),
      at: [lines.first(/readonly dead:/)],
      rules: ['queue-members'],
    },
    {
      name: 'ends the process',
      path,
      text: lines.insertAfter(close, '    process.exit(0);'),
      at: [close + 1],
      rules: ['no-process-control'],
    },
    {
      name: 'throws a string',
      path,
      text: lines.insertAfter(close, "    if (this.name === 'x') throw 'mutant';"),
      at: [close + 1],
      rules: ['throws-errors'],
    },
    {
      name: 'drops a promise',
      path,
      text: lines.insertAfter(close, '    this.size();'),
      at: [close + 1],
      rules: ['no-floating-promise'],
    },
    {
      name: 'iterator deleted',
      path,
      text: withoutMethod(lines, /^ {2}async \*\[Symbol.asyncIterator\]/),
      at: [classLine],
      rules: ['queue-members'],
    },
    {
      name: 'dispose deleted',
      path,
      text: withoutMethod(lines, /^ {2}async \[Symbol.asyncDispose\]/),
      at: [classLine],
      rules: ['queue-members', 'typescript'],
    },
  ];
}

function withoutMethod(lines: Lines, pattern: RegExp): string {
  const line = lines.first(pattern);
  return lines.without(line, lines.endOf(line));
}

function ofSql(path: string, lines: Lines): Mutant[] {
  const due = lines.first(/const due = `SELECT/);
  if (due === 0) {
    const fence = / && candidate\.token === token/;
    const settle = lines.first(fence);
    const unfenced = lines
      .replace(settle, (line) => line.replace(fence, ''))
      .replace('#settle({ id, token }: Lease<T>', '#settle({ id }: Lease<T>');
    const methods = lines.find(/^ {2}async (ack|nack|extend)\(/).map(({ line }) => line);
    return [{ name: 'not fenced', path, text: unfenced, at: methods, rules: ['queue-fenced'] }];
  }
  const held = lines.first(/^const HELD = /);
  const acks = lines.find(/\$\{HELD\}/).map(({ line }) => line);
  return [
    {
      name: 'not fenced in SQL',
      path,
      text: lines.replace(held, () => "const HELD = 'id = ? AND deadline > ?';"),
      at: [...acks, ...acks.map((line) => line - 1), ...acks.map((line) => line - 3)],
      rules: ['queue-fenced'],
    },
    {
      name: 'ack not fenced in SQL',
      path,
      text: lines.text.replace(
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template
        '`DELETE FROM jobs WHERE ${HELD}`, id, token, now',
        "'DELETE FROM jobs WHERE id = ?', id",
      ),
      at: [acks[0]!],
      rules: ['queue-fenced'],
    },
    {
      name: 'claims without a lock',
      path,
      text: lines.text.replace("exec('BEGIN IMMEDIATE')", "exec('BEGIN')"),
      at: [due],
      rules: ['queue-claim'],
    },
  ];
}
