import { defineCommand } from 'citty';
import type { Queue } from '../contracts/queue.js';
import { clearLetters, lettersOf, requeueLetters } from '../inspect/queues/dead-letters.js';
import { type LetterReport, letterReport, type WholeLetter, wholeLetter } from '../inspect/queues/letter.js';
import type { LetterFilter } from '../inspect/queues/letter-filter.js';
import type { OpenedQueue } from '../inspect/queues/open-queues.js';
import { confirmed } from './confirm.js';
import { inOneLine } from './in-one-line.js';
import { duration } from './pool-lines.js';
import { LETTER_ARGS, letterFilter, QUEUE_ARGS, queueChoice, wholeOf, withQueues } from './queue-args.js';

const ARGS = { ...LETTER_ARGS, ...QUEUE_ARGS } as const;
const LIMIT = { type: 'string', description: 'How many at most', default: '100', valueHint: 'n' } as const;
const YES = { type: 'boolean', description: 'Do not ask' } as const;

const list = defineCommand({
  meta: { name: 'list', description: 'List dead letters: what they are and why they died.' },
  args: { ...ARGS, limit: LIMIT },
  async run({ args, rawArgs }) {
    const filter = letterFilter(args, rawArgs);
    const limit = wholeOf('--limit', args.limit);
    const [letters, more, looked] = await withQueues(queueChoice(args, rawArgs), async (opened) => {
      const found: LetterReport[] = [];
      for (const queue of usable(opened)) {
        const some = await lettersOf(queue, filter, limit + 1 - found.length);
        found.push(...some.map((letter) => letterReport(queue.name, letter)));
        if (found.length > limit) break;
      }
      return [found.slice(0, limit), found.length > limit, opened.map(({ name }) => name)] as const;
    });
    if (args.json) return void process.stdout.write(`${JSON.stringify({ letters, more })}\n`);
    if (letters.length === 0)
      process.stdout.write(`no dead letters in ${looked.join(', ') || 'any queue'}\n`);
    process.stdout.write(letters.map(lineOf).join(''));
    if (more) process.stdout.write(`and more: --limit ${limit * 10} lists them\n`);
  },
});

const show = defineCommand({
  meta: { name: 'show', description: 'Show all that dead letters hold, their arguments included.' },
  args: { ...ARGS, ids: { ...LETTER_ARGS.ids, required: true }, limit: LIMIT },
  async run({ args, rawArgs }) {
    const filter = letterFilter(args, rawArgs);
    const limit = wholeOf('--limit', args.limit);
    const letters = await withQueues(queueChoice(args, rawArgs), async (opened) => {
      const found: WholeLetter[] = [];
      for (const queue of usable(opened))
        found.push(
          ...(await lettersOf(queue, filter, limit)).map((letter) => wholeLetter(queue.name, letter)),
        );
      return found;
    });
    if (letters.length === 0)
      throw new Error(`no dead letter has the id ${args.ids}; mproc dead list shows them`);
    process.stdout.write(args.json ? `${JSON.stringify({ letters })}\n` : letters.map(pageOf).join('\n'));
  },
});

const requeue = defineCommand({
  meta: { name: 'requeue', description: 'Put dead letters back as new: their jobs are run again.' },
  args: ARGS,
  async run({ args, rawArgs }) {
    const filter = letterFilter(args, rawArgs);
    const done = await withQueues(queueChoice(args, rawArgs), (opened) =>
      inEach(usable(opened), filter, requeueLetters),
    );
    mustHaveMeantSome(filter, done);
    process.stdout.write(args.json ? `${JSON.stringify({ requeued: done })}\n` : `put back: ${done}\n`);
  },
});

const clear = defineCommand({
  meta: { name: 'clear', description: 'Remove dead letters for good. Asks first.' },
  args: { ...ARGS, yes: YES },
  async run({ args, rawArgs }) {
    const filter = letterFilter(args, rawArgs);
    const done = await withQueues(queueChoice(args, rawArgs), async (opened) => {
      const queues = usable(opened);
      const meant = await inEach(queues, filter, async (queue) => (await lettersOf(queue, filter)).length);
      mustHaveMeantSome(filter, meant);
      if (meant === 0) return 0;
      const names = queues.map(({ name }) => name).join(', ');
      if (!(await confirmed(`Remove ${count(meant)} of ${names} for good?`, args.yes === true)))
        return undefined;
      return inEach(queues, filter, clearLetters);
    });
    if (args.json) process.stdout.write(`${JSON.stringify({ removed: done ?? 0 })}\n`);
    else process.stdout.write(done === undefined ? 'nothing was removed\n' : `removed: ${done}\n`);
  },
});

export const deadCommand = defineCommand({
  meta: { name: 'dead', description: 'Dead letters: list, show, put back and remove them.' },
  subCommands: {
    list: inOneLine('dead list', list),
    show: inOneLine('dead show', show),
    requeue: inOneLine('dead requeue', requeue),
    clear: inOneLine('dead clear', clear),
  },
});

/** @throws Error where one could not be opened: half of an answer would look like all of it */
function usable(opened: readonly OpenedQueue[]): Queue<unknown>[] {
  return opened.map(({ name, queue, problem }) => {
    if (queue === undefined) throw new Error(`queue ${name}: ${problem}`);
    return queue;
  });
}

async function inEach(
  queues: readonly Queue<unknown>[],
  filter: LetterFilter,
  action: (queue: Queue<unknown>, filter: LetterFilter) => Promise<number>,
): Promise<number> {
  let sum = 0;
  for (const queue of queues) sum += await action(queue, filter);
  return sum;
}

function mustHaveMeantSome({ ids }: LetterFilter, done: number): void {
  if (ids.length > 0 && done === 0)
    throw new Error(`no dead letter has the id ${ids.join(', ')}; mproc dead list shows them`);
}

function count(letters: number): string {
  return letters === 1 ? '1 dead letter' : `${letters} dead letters`;
}

function lineOf({ queue, id, jobId, class: name, attempts, error, ageMs }: LetterReport): string {
  const age = ageMs === null ? '' : `, ${duration(ageMs)} ago`;
  const job = jobId === null ? '' : ` job ${jobId}`;
  const tries = `${attempts} attempt${attempts === 1 ? '' : 's'}`;
  return `${id}  ${name ?? queue}${job} (${tries}${age})\n    ${error}\n`;
}

function pageOf(letter: WholeLetter): string {
  const { queue, id, jobId, class: name, attempts, error, host, process, putAt, diedAt, text } = letter;
  const lines: [string, unknown][] = [
    ['id', id],
    ['queue', queue],
    ['class', name],
    ['job', jobId],
    ['attempts', attempts],
    ['error', error],
    ['host', host === null ? null : `${host}, process ${process}`],
    ['put', putAt],
    ['died', diedAt],
  ];
  const known = lines.filter(([, value]) => value !== null);
  return `${known.map(([what, value]) => `${what.padEnd(9)} ${value}\n`).join('')}record\n${indented(text)}\n`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
