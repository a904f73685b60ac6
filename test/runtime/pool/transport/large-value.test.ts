import { afterEach, expect, test } from 'vitest';
import {
  LargeValue,
  LargeValueGoneError,
  openLargeValue,
} from '../../../../runtime/src/pool/transport/large-value.js';
import { LargeValueFileCache } from '../../../../runtime/src/pool/transport/large-value-file-cache.js';
import { packApart, unpack } from '../../../../runtime/src/values/index.js';

const fileCache = new LargeValueFileCache();
afterEach(() => fileCache.close());

function send(value: unknown): LargeValue {
  return LargeValue.send(fileCache, packApart(value, 'args'), { tail: Buffer.from('tail') });
}

function read(name: string): unknown {
  return openLargeValue(name, 'process', (bytes, at, length, runs) => unpack(bytes, at, length - 4, runs));
}

test('a large value is refused by its old name when its file was filled again', () => {
  const [first, second] = [Buffer.alloc(1024 * 1024, 1), Buffer.alloc(1024 * 1024, 2)];
  const old = send(first);
  expect(first.equals(read(old.name) as Buffer)).toBe(true);
  old.close();
  const next = send(second);
  const isSameFile = next.name.split(':', 2).join() === old.name.split(':', 2).join();
  expect(isSameFile).toBe(process.platform === 'linux');
  expect(second.equals(read(next.name) as Buffer)).toBe(true);
  expect(() => read(old.name)).toThrow(LargeValueGoneError);
  next.close();
});

test('a large value’s name that is not as it must be is refused', () => {
  const largeValue = send({ text: 'x'.repeat(50_000) });
  expect(read(largeValue.name)).toEqual({ text: 'x'.repeat(50_000) });
  const [path, inode, seal, bodyAt, bodyBytes] = largeValue.name.split(':') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const names = [
    '',
    path,
    [path, inode, seal, bodyAt].join(':'),
    [path, inode, seal, bodyAt, '-1'].join(':'),
    [path, inode, seal, '-8', bodyBytes].join(':'),
    [path, inode, seal, bodyAt, '0'].join(':'),
    [path, inode, seal, bodyAt, '99999999999999'].join(':'),
    [path, inode, seal, '99999999999999', bodyBytes].join(':'),
    [path, inode, seal, bodyAt, String(Number(bodyBytes) - 1)].join(':'),
    [path, inode, seal.replace(/./g, 'a'), bodyAt, bodyBytes].join(':'),
    [path, String(Number(inode) + 1), seal, bodyAt, bodyBytes].join(':'),
    ['/etc/passwd', inode, seal, bodyAt, bodyBytes].join(':'),
  ];
  for (const name of names)
    expect(() => read(name), name).toThrow(expect.objectContaining({ code: 'ERR_VALUE_DECODE' }));
  largeValue.close();
});
