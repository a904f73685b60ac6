import { expect, test, vi } from 'vitest';
import { WholeLines } from '../../../runtime/src/pool/parent/output/whole-lines.js';

function lines(): { readonly sink: WholeLines; readonly handed: string[] } {
  const handed: string[] = [];
  const next = { take: (chunk: Buffer) => handed.push(chunk.toString()) > 0, onceRoom: () => {} };
  return { sink: new WholeLines(next), handed };
}

test.each([
  [['one\n'], ['one\n']],
  [
    ['one\ntw', 'o\n'],
    ['one\n', 'two\n'],
  ],
  [
    ['o', 'n', 'e\ntwo\nth', 'ree\n'],
    ['one\ntwo\n', 'three\n'],
  ],
  [['\n\n'], ['\n\n']],
])('%j is handed on as %j', (chunks, expected) => {
  const { sink, handed } = lines();
  for (const chunk of chunks) sink.take(Buffer.from(chunk));
  expect(handed).toEqual(expected);
});

test('a line that has only begun is handed on after a moment, and at the end', async () => {
  const { sink, handed } = lines();
  sink.take(Buffer.from('one\n10 %'));
  expect(handed).toEqual(['one\n']);
  await vi.waitFor(() => expect(handed).toEqual(['one\n', '10 %']), { timeout: 240_000 });
  sink.take(Buffer.from(' 20 %'));
  sink.flush();
  sink.flush();
  expect(handed).toEqual(['one\n', '10 %', ' 20 %']);
});

test('a line without an end is not kept for ever', () => {
  const { sink, handed } = lines();
  const part = 'x'.repeat(40_000);
  sink.take(Buffer.from(part));
  sink.take(Buffer.from(part));
  expect(handed).toEqual([part + part]);
});
