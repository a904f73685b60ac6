import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const sources = new URL('../../../runtime/src/', import.meta.url);

function bullets(): string[] {
  const text = readFileSync(new URL('contracts/queue.ts', sources), 'utf8');
  const comment = text.slice(text.lastIndexOf('/**', text.indexOf('export interface Queue<T>')));
  return [...comment.slice(0, comment.indexOf('*/')).matchAll(/^ \* - (.*)$/gm)].map(([, bullet]) => bullet!);
}

function kit(): string {
  const folder = new URL('testing/queue/', sources);
  return readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');
}

test('every bullet of the contract is the name of a test of the kit, and of docs/queue-contract.md', () => {
  const document = readFileSync(new URL('../../../docs/queue-contract.md', import.meta.url), 'utf8');
  expect(bullets()).toHaveLength(9);
  for (const bullet of bullets()) {
    const quoted = [`test('${bullet}'`, `test("${bullet}"`, `'${bullet}',`, `"${bullet}",`];
    expect(
      quoted.some((name) => kit().includes(name)),
      bullet,
    ).toBe(true);
    expect(document, bullet).toContain(`- ${bullet}`);
  }
});
