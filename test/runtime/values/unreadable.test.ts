import { expect, test } from 'vitest';
import { MprocError, ValueError } from '../../../runtime/src/errors/index.js';
import { pack, registerCustomType, unpack, unreadable } from '../../../runtime/src/values/index.js';

class Sealed {}
let fail: () => unknown = () => new Sealed();
registerCustomType(Sealed, { tag: 'Sealed', write: () => null, read: () => fail() as Sealed });

function problemOf(value: unknown): Error {
  const bytes = Buffer.from(pack(value, 'args'));
  try {
    unpack(bytes, 0, bytes.length);
  } catch (error) {
    return unreadable(error, 'args');
  }
  throw new Error('it was read');
}

function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

test('what cannot be read is told with its path', () => {
  fail = throwing(new TypeError('it is sealed'));
  const part = new Sealed();
  const sparse: unknown[] = [1];
  sparse[2] = part;
  for (const [path, value] of [
    ['args', part],
    ['args[1]', [1, part]],
    ['args[2]', sparse],
    ['args.name', Object.assign([1], { name: part })],
    ['args.items[3].a', { items: [0, 1, 2, { a: part }] }],
    ['args["odd key"]', { 'odd key': part }],
    ['args.get("k").x', new Map([['k', { x: part }]])],
    ['args<map key 0>', new Map([[part, 1]])],
    ['args<set item 1>[0]', new Set<unknown>([1, [part]])],
    ['args.extra', Object.assign(new Error('of the program'), { extra: part })],
    ['args.cause.errors[0]', new Error('a', { cause: new AggregateError([part], 'b') })],
  ] as const) {
    const problem = problemOf(value);
    expect(problem).toBeInstanceOf(ValueError);
    expect(problem).toMatchObject({
      code: 'ERR_VALUE',
      path,
      message: `${path} cannot be read: it is sealed`,
    });
  }
});

test('whatever a custom type throws becomes one kind of error, and a lack of the system stays what it is', () => {
  for (const thrown of [
    'text',
    undefined,
    null,
    Symbol('s'),
    { toString: throwing(1) },
    new ValueError('x', 'y'),
  ]) {
    fail = throwing(thrown);
    expect(problemOf([new Sealed()])).toMatchObject({ code: 'ERR_VALUE', path: 'args[0]' });
  }
  const lack = new MprocError('ERR_SYSTEM', 'no descriptors are left');
  fail = throwing(lack);
  expect(problemOf([new Sealed()])).toBe(lack);
  // A type that reads a value of its own meanwhile.
  fail = () => unpack(Buffer.from([9, 9]), 0, 2);
  expect(problemOf({ a: new Sealed() })).toMatchObject({ code: 'ERR_VALUE', path: 'args.a' });
});

test('a failure leaves nothing behind for the next value', () => {
  fail = throwing(new Error('sealed'));
  problemOf({ deep: [{ deep: [new Sealed()] }] });
  fail = () => new Sealed();
  const bytes = Buffer.from(pack({ a: [1, new Sealed()] }, 'args'));
  expect(unpack(bytes, 0, bytes.length)).toEqual({ a: [1, new Sealed()] });
  fail = throwing(new Error('sealed'));
  expect(problemOf([new Sealed()])).toMatchObject({ path: 'args[0]' });
});

test.each([
  ['a number', 7],
  ['a string', 'text'],
  ['an object', { a: [1, 2, { b: null }] }],
])('%s with a byte more or a byte less is no value', (_, value) => {
  const packed = Buffer.from(pack(value, 'args'));
  const bytes = Buffer.concat([Buffer.alloc(3, 9), packed, Buffer.alloc(3, 9)]);
  expect(unpack(bytes, 3, packed.length)).toEqual(value);
  for (const [offset, lengthBytes] of [
    [3, packed.length + 1],
    [3, packed.length - 1],
    [2, packed.length],
    [3, 0],
    [3, -1],
    [-1, packed.length],
    [bytes.length - 1, 2],
  ] as const)
    expect(() => unpack(bytes, offset, lengthBytes)).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_DECODE' }),
    );
});
