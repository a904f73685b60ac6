import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHECKOUT = new URL('../../', import.meta.url);

/** An adapter is its engine's statements and nothing else, to be read in one sitting. */
const MOST_LINES = {
  blank: 80,
  sqlite: 410,
  postgres: 440,
  redis: 400,
  nats: 260,
  rabbitmq: 260,
  bullmq: 260,
};

test.each(Object.entries(MOST_LINES))('the queue of %s has at most %i lines', (engine, most) => {
  const path = `templates/queue/${engine}/src/queues/__kebab__.queue.ts.hbs`;
  const text = readFileSync(fileURLToPath(new URL(path, CHECKOUT)), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(most);
});

test.each(Object.keys(MOST_LINES))('the test of %s has under 25 lines', (engine) => {
  const path = `templates/queue/${engine}/src/queues/__kebab__.queue.test.ts.hbs`;
  const text = readFileSync(fileURLToPath(new URL(path, CHECKOUT)), 'utf8');
  expect(text.trimEnd().split('\n').length).toBeLessThan(25);
});

test('the queue that the documents show has under 80 lines', () => {
  const page = readFileSync(new URL('docs/write-your-own-queue.md', CHECKOUT), 'utf8');
  const [, code = ''] = /```ts\n\/\/ src\/queues\/orders\.queue\.ts\n([\s\S]*?)\n```/.exec(page) ?? [];
  expect(code).toContain('implements Engine');
  expect(code.trim().split('\n').length).toBeLessThan(80);
});
