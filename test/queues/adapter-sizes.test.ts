import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const TEMPLATES = new URL('../../templates/queue/', import.meta.url);

/** An adapter is its engine's statements and nothing else, to be read in one sitting. */
const MOST_LINES: Record<string, number> = {
  blank: 80,
  sqlite: 160,
  postgres: 200,
  redis: 200,
  nats: 260,
  rabbitmq: 260,
  bullmq: 260,
};
/** Of a file beside it, for what an engine does beyond that. */
const MOST_LINES_OF_A_PART = 160;
/** Else lines would be long instead of many. */
const MOST_IN_A_LINE = 180;

const linesOf = (engine: string, file: string): string[] =>
  readFileSync(new URL(`${engine}/src/queues/${file}`, TEMPLATES), 'utf8')
    .trimEnd()
    .split('\n');

test.each(Object.entries(MOST_LINES))('the queue of %s has at most %i lines', (engine, most) => {
  expect(linesOf(engine, '__kebab__.queue.ts.hbs').length).toBeLessThanOrEqual(most);
});

test.each(Object.keys(MOST_LINES))('each further file of %s has at most 160 lines', (engine) => {
  const files = readdirSync(new URL(`${engine}/src/queues`, TEMPLATES));
  const parts = files.filter((file) => /^__kebab__\.queue\.(?!test\.)\w+\.ts\.hbs$/.test(file));
  const hasParts = ['sqlite', 'postgres', 'redis'].includes(engine);
  expect(parts.length > 0).toBe(hasParts);
  for (const file of parts)
    expect(linesOf(engine, file).length, file).toBeLessThanOrEqual(MOST_LINES_OF_A_PART);
});

test.each(Object.keys(MOST_LINES))('lines of %s are not long instead of many', (engine) => {
  for (const file of readdirSync(new URL(`${engine}/src/queues`, TEMPLATES)))
    expect(Math.max(...linesOf(engine, file).map(({ length }) => length)), file).toBeLessThanOrEqual(
      MOST_IN_A_LINE,
    );
});

test.each(Object.keys(MOST_LINES))('the test of %s has under 25 lines', (engine) => {
  expect(linesOf(engine, '__kebab__.queue.test.ts.hbs').length).toBeLessThan(25);
});

test('the queue that the documents show has under 80 lines', () => {
  const page = readFileSync(new URL('../../docs/write-your-own-queue.md', import.meta.url), 'utf8');
  const [, code = ''] = /```ts\n\/\/ src\/queues\/orders\.queue\.ts\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(code).toContain('implements Engine');
  expect(code.trim().split('\n').length).toBeLessThan(80);
});
