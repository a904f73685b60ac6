import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defineLayout, place } from '../../../runtime/src/layout/layout.js';
import { memoryLayoutDocument } from '../../../scripts/memory-layout/document.js';
import { picture, segmentPicture } from '../../../scripts/memory-layout/picture.js';
import { SEGMENTS } from '../../../scripts/memory-layout/segments.js';

const sample = defineLayout('Sample', 'A sample.', {
  magic: { type: 'u32', doc: 'magic', writer: 'maker' },
  time: { type: 'f64', doc: 'a double', writer: 'anyone' },
  head: { type: 'i32', alignBytes: 64, doc: 'own line', writer: 'reader' },
  list: { type: 'u32', count: 12, doc: 'many', writer: 'maker' },
});

test('fields lie in order, each at a multiple of its own size', () => {
  expect(sample.byte).toEqual({ magic: 0, time: 8, head: 64, list: 68 });
  expect(sample.word).toEqual({ magic: 0, time: 2, head: 16, list: 17 });
  expect(sample.lengthBytes).toBe(120);
});

test('the picture shows every field, gaps empty and long fields once', () => {
  const small = defineLayout('Small', '', {
    a: { type: 'u32', doc: '', writer: '' },
    b: { type: 'f64', doc: '', writer: '' },
    list: { type: 'u8', count: 40, doc: '', writer: '' },
  });
  expect(picture(small)).toBe(
    [
      'byte 0               4               8               12',
      '     +---------------+---------------+-------------------------------+',
      '   0 |       a       |               |               b               |',
      '     +---------------+---------------+-------------------------------+',
      '  16 |                           list[40]                            |',
      '     +-------------------------------+-------------------------------+',
      '  48 |               …               |',
      '     +-------------------------------+',
    ].join('\n'),
  );
});

const segment = {
  name: 'sample',
  doc: 'Two tables.',
  magic: 1,
  version: 1,
  parts: { header: { layout: sample, count: 1 }, rows: { layout: sample, count: 'rowCount' } },
};

test('a segment places its tables one after another', () => {
  expect(place(segment, { rowCount: 3 })).toEqual({
    byte: { header: 0, rows: 120 },
    word: { header: 0, rows: 30 },
    lengthBytes: 480,
  });
  expect(segmentPicture(segment)).toContain('| rows   | 120 bytes × rowCount |');
});

test('tables may begin pages, and have other things between them', () => {
  const parts = {
    header: { layout: sample, count: 1 },
    rows: { layout: sample, count: 3, strideBytes: 'rowBytes', beginsPage: true },
    rest: { layout: sample, count: 1, beginsPage: true },
  };
  const placed = place({ ...segment, parts }, { rowBytes: 4_096, pageBytes: 4_096 });
  expect(placed.byte).toEqual({ header: 0, rows: 4_096, rest: 16_384 });
  expect(segmentPicture({ ...segment, parts })).toContain('| rows   | rowBytes × 3, from a new page |');
});

test('a missing count is refused by name', () => {
  expect(() => place(segment)).toThrow(/rowCount/);
});

test('every segment has its own magic, and its first table starts with magic and version', () => {
  expect(new Set(SEGMENTS.map((s) => s.magic)).size).toBe(SEGMENTS.length);
  for (const { name, parts } of SEGMENTS) {
    const [first] = Object.values(parts);
    expect(Object.keys(first?.layout.fields ?? {}).slice(0, 2), name).toEqual(['magic', 'version']);
  }
});

test('docs/memory-layout.md is what the tables say', () => {
  const file = readFileSync(new URL('../../../docs/memory-layout.md', import.meta.url), 'utf8');
  const hint = 'make it anew with: node --import tsx scripts/memory-layout.ts';
  expect(file, hint).toBe(memoryLayoutDocument(SEGMENTS));
});
