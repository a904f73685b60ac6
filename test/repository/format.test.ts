import { expect, test } from 'vitest';
import { FAILPOINTS } from '../../runtime/src/failpoints/failpoints.js';
import { SlotState } from '../../runtime/src/pool/protocol.js';
import { CellState } from '../../runtime/src/queues/shared-memory/state-word.js';
import { pack, unpack } from '../../runtime/src/values/index.js';
import {
  BYTE_KINDS,
  DEPTH_LIMIT,
  FORMAT,
  SHAPE_LIMIT,
  SHORT_STRING,
  SMALL_INTEGER,
  Tag,
} from '../../runtime/src/values/tags.js';
import { content } from './files.js';

const VALUES = 'runtime/src/values/README.md';
const MOST_SHOWN = 24;

function again(): unknown[] {
  const one = {};
  return [one, one];
}

function sharing(): unknown[] {
  const memory = new ArrayBuffer(2);
  return [memory, new Uint8Array(memory, 1, 1)];
}

/** A value for each tag; its bytes are the example. `Custom` needs a type that is registered: it has none. */
const EXAMPLES: Record<string, [string, () => unknown]> = {
  Null: ['null', () => null],
  Undefined: ['undefined', () => undefined],
  True: ['true', () => true],
  False: ['false', () => false],
  Int32: ['-1', () => -1],
  Float64: ['0.5', () => 0.5],
  BigInt64: ['1n', () => 1n],
  BigIntDigits: ['-(2n ** 64n)', () => -(2n ** 64n)],
  Latin1: ["'a'.repeat(64)", () => 'a'.repeat(64)],
  Utf8: ["'é'.repeat(64)", () => 'é'.repeat(64)],
  Utf16: ["'\\ud800'", () => '\ud800'],
  Array: ['[1, 2]', () => [1, 2]],
  LooseArray: ['Object.assign([1], { a: 2 })', () => Object.assign([1], { a: 2 })],
  // biome-ignore lint/suspicious/noSparseArray: a missing element is the example
  Holes: ['[, 1]', () => [, 1]],
  Object: ['{ a: 1 }', () => ({ a: 1 })],
  ShapedObject: ['[{ a: 1 }, { a: 2 }]', () => [{ a: 1 }, { a: 2 }]],
  Reference: ['[one, one]', again],
  Date: ['new Date(0)', () => new Date(0)],
  RegExp: ['/a/g', () => /a/g],
  Map: ['new Map([[1, 2]])', () => new Map([[1, 2]])],
  Set: ['new Set([1])', () => new Set([1])],
  Bytes: ['Buffer.of(7)', () => Buffer.of(7)],
  Boxed: ['Object(1)', () => Object(1)],
  View: ['[memory, its second byte]', sharing],
};

/** The comment before each tag in its file. */
function meaningsOfTags(): Map<string, string> {
  const table = /export const Tag = \{([\s\S]*?)\n\} as const/.exec(
    content('runtime/src/values/tags.ts'),
  )![1]!;
  const entries = [...table.matchAll(/(?:\/\*\* (.*) \*\/\s*)?(\w+): (\d+),/g)];
  return new Map(entries.map(([, meaning = '', name = '']) => [name, meaning]));
}

function hex(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, MOST_SHOWN)].map((byte) => byte.toString(16).padStart(2, '0'));
  return [...shown, ...(bytes.length > MOST_SHOWN ? ['…'] : [])].join(' ');
}

function rowOf([name, tag]: [string, number]): string {
  const example = EXAMPLES[name];
  const meaning = meaningsOfTags().get(name)!;
  const [text, bytes] =
    example === undefined ? ['', ''] : [`\`${example[0]}\``, `\`${hex(pack(example[1](), 'value'))}\``];
  return `| ${tag.toString(16).padStart(2, '0')} | \`${name}\` | ${meaning} | ${text} | ${bytes} |`;
}

test('the page of the format has each tag, as it is written', async () => {
  const table = [
    '| byte | tag | what follows | a value | its bytes |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(Tag).map(rowOf),
    '',
    `Kinds of bytes, by the index that is written: ${BYTE_KINDS.map((kind, at) => `${at} ${kind}`).join(', ')}.`,
  ].join('\n');
  const page = content(VALUES).replace(
    /<!-- tags -->[\s\S]*<!-- end of tags -->/,
    () => `<!-- tags -->\n\n${table}\n\n<!-- end of tags -->`,
  );
  await expect(page).toMatchFileSnapshot(`../../${VALUES}`);
});

test.each(Object.entries(EXAMPLES))(
  'the example of %s begins with the format, has its tag, and is read',
  (name, [, make]) => {
    const bytes = Buffer.from(pack(make(), 'value'));
    expect(bytes[0]).toBe(FORMAT);
    expect([...bytes.subarray(1)]).toContain(Tag[name as keyof typeof Tag]);
    expect(unpack(bytes, 0, bytes.length)).toEqual(make());
  },
);

test('the grammar on the page is that of the code', () => {
  const page = content(VALUES);
  const grammar = {
    format: `value := ${FORMAT.toString(16).padStart(2, '0')} item`,
    integers: `item  := ${SMALL_INTEGER.toString(16)} + n `,
    strings: `| ${SHORT_STRING.toString(16)} + n, n bytes `,
    shapes: `the first ${SHAPE_LIMIT} of them`,
    depth: `nest ${DEPTH_LIMIT.toLocaleString('en')} deep`,
  };
  expect(Object.entries(grammar).filter(([, text]) => !page.includes(text))).toEqual([]);
});

test.each([
  ['runtime/src/pool/transport/README.md', SlotState],
  ['runtime/src/queues/shared-memory/README.md', CellState],
])('the table of states has each state once: %s', (page, states) => {
  const named = [...content(page).matchAll(/^\| `([A-Z]\w+)` \| /gm)].map(([, state]) => state);
  expect(named).toEqual(expect.arrayContaining(Object.keys(states)));
  expect(named).toHaveLength(Object.keys(states).length);
});

test('the page of the queue names failpoints that are there', () => {
  const named = [...content('runtime/src/queues/shared-memory/README.md').matchAll(/`(queue\.[\w-]+)`/g)];
  expect(named.length).toBeGreaterThan(6);
  expect(named.filter(([, name = '']) => !Object.hasOwn(FAILPOINTS, name))).toEqual([]);
});
