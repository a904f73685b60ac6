import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PoolClosedError, ValueError } from '../../../runtime/src/errors/index.js';
import { packThrown, unpackThrown } from '../../../runtime/src/values/index.js';
import { roundTrip } from './round-trip.js';

function throwAcross<T>(thrown: T): T {
  const bytes = Buffer.from(packThrown(thrown));
  return unpackThrown(bytes, 0, bytes.length) as T;
}

describe('errors', () => {
  it.each([Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError])(
    'brings %o back as an instance of it, with message and stack',
    (errorClass) => {
      const error = new errorClass('went wrong');
      const copy = roundTrip(error);
      expect(Object.getPrototypeOf(copy)).toBe(errorClass.prototype);
      expect(copy.message).toBe('went wrong');
      expect(copy.stack).toBe(error.stack);
      expect(Object.keys(copy)).toEqual([]);
      expect(Reflect.ownKeys(copy).sort()).toEqual(Reflect.ownKeys(error).sort());
    },
  );

  it('keeps code, own properties and cause', () => {
    const error = Object.assign(new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) }), {
      code: 'E_CODE',
      details: { at: [1, new Date(0)] },
    });
    const copy = roundTrip(error);
    expect(copy.code).toBe('E_CODE');
    expect(copy.details).toStrictEqual({ at: [1, new Date(0)] });
    expect(copy.cause).toBeInstanceOf(TypeError);
    expect((copy.cause as Error).cause).toBe('text');
    expect(Object.keys(copy)).toEqual(['code', 'details']);
  });

  it('keeps the errors of an AggregateError', () => {
    const copy = roundTrip(new AggregateError([new RangeError('a'), 'b'], 'all'));
    expect(copy).toBeInstanceOf(AggregateError);
    expect(Object.getPrototypeOf(copy)).toBe(AggregateError.prototype);
    expect(copy.errors[0]).toBeInstanceOf(RangeError);
    expect(copy.errors[1]).toBe('b');
  });

  it('keeps the class name of a class that is not known here, below its built-in class', () => {
    class ParseError extends SyntaxError {
      override name = 'ParseError';
      line = 3;
    }
    class Quiet extends Error {
      override get name() {
        return 'Loud';
      }
    }
    const copy = roundTrip(new ParseError('bad'));
    expect(copy.constructor.name).toBe('ParseError');
    expect(copy).toBeInstanceOf(SyntaxError);
    expect([copy.name, copy.line, String(copy)]).toEqual(['ParseError', 3, 'ParseError: bad']);
    const quiet = roundTrip(new Quiet('x'));
    expect([quiet.name, quiet.constructor.name, Object.keys(quiet)]).toEqual(['Loud', 'Quiet', []]);
  });

  it('does not take a class for the built-in one of the same name', () => {
    const Fake = { TypeError: class extends Error {} }.TypeError;
    const copy = roundTrip(new Fake('x'));
    expect(copy).not.toBeInstanceOf(TypeError);
    expect(copy.constructor.name).toBe('TypeError');
  });

  it('brings errors of this package back as instances of their classes', () => {
    const closed = roundTrip(new PoolClosedError());
    expect(closed).toBeInstanceOf(PoolClosedError);
    expect([closed.code, closed.name]).toEqual(['ERR_POOL_CLOSED', 'PoolClosedError']);
    const value = roundTrip(new ValueError('args.a', 'is a function'));
    expect(value).toBeInstanceOf(ValueError);
    expect([value.path, value.code]).toEqual(['args.a', 'ERR_VALUE']);
  });

  it('keeps name, code and message of a DOMException', () => {
    const copy = roundTrip(AbortSignal.abort().reason as DOMException);
    expect(copy).toBeInstanceOf(DOMException);
    expect([copy.name, copy.code, copy.message]).toEqual(['AbortError', 20, 'This operation was aborted']);
  });

  it('refuses an error in a value with the path of what cannot be sent', () => {
    const error = Object.assign(new Error('x'), { retry() {} });
    expect(() => roundTrip({ error })).toThrow('args.error.retry is a function');
  });
});

describe('what is thrown', () => {
  it.each([undefined, null, 'text', 5, 5n, { code: 1 }, ['a']])('brings %o back', (thrown) => {
    expect(throwAcross(thrown)).toStrictEqual(thrown);
  });

  it('describes what cannot be sent and keeps the rest', () => {
    const error = Object.assign(new RangeError('x', { cause: () => 1 }), {
      retry() {},
      config: { url: 'u', transform: [(x: number) => x], id: Symbol('s') },
      pending: Promise.resolve(),
      code: 'E',
    });
    Object.defineProperty(error, 'broken', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    const copy = throwAcross(error) as unknown as Record<string, unknown>;
    expect(copy).toBeInstanceOf(RangeError);
    expect({ ...copy }).toStrictEqual({
      retry: '[not sent: is a function]',
      config: { url: 'u', transform: ['[not sent: is a function]'], id: '[not sent: is a symbol]' },
      pending: '[not sent: is a Promise; await it first]',
      code: 'E',
      broken: '[could not be read: Error: no]',
    });
    expect(copy.cause).toBe('[not sent: is a function]');
  });

  it('describes what cannot be sent at all', () => {
    expect(throwAcross<unknown>(() => 1)).toBe('[not sent: is a function]');
    expect(throwAcross<unknown>(Symbol('s'))).toBe('[not sent: is a symbol]');
  });

  it('survives a proxy that throws at every touch, and takes back what it had written of it', () => {
    const hostile = new Proxy(
      {},
      new Proxy(
        {},
        {
          get: () => () => {
            throw new Error('trap');
          },
        },
      ),
    );
    const shared = { a: 1 };
    const value = { one: shared, two: hostile, three: [shared] };
    const copy = throwAcross(value);
    expect(copy.two).toBe('[not sent: could not be read: Error: trap]');
    expect(copy.three[0]).toBe(copy.one);
    expect(throwAcross<unknown>(hostile)).toBe('[not sent: could not be read: Error: trap]');
  });

  it.each([0, 20])('numbers anew what stood in a part that is not sent, after %i other objects', (others) => {
    const before = Array.from({ length: others }, (_, index) => ({ index }));
    const [first, second] = [{ a: 1 }, { b: 2 }];
    const parts = [first, { second }, 'last'];
    const refused = new Proxy(parts, {
      get: (target, key) => {
        if (key === '2') throw new Error('trap');
        return Reflect.get(target, key);
      },
    });
    const later = [second, first, second, first, { c: 3 }, before];
    const copy = throwAcross({ before, refused, later });
    expect(copy.refused).toMatch(/^\[not sent: could not be read/);
    expect(copy.later).toEqual([second, first, second, first, { c: 3 }, before]);
    expect(copy.later[2]).toBe(copy.later[0]);
    expect(copy.later[3]).toBe(copy.later[1]);
    expect(copy.later[5]).toBe(copy.before);
  });

  it('cuts what is nested without end', () => {
    let deep: unknown = 'end';
    for (let i = 0; i < 100_000; i++) deep = { deep };
    const copy = throwAcross(Object.assign(new Error('x'), { deep }));
    expect(copy.message).toBe('x');
    expect(JSON.stringify(copy)).toContain('is nested too deeply');
  });

  it('does not drag a socket along', async () => {
    const server = createServer().listen(0);
    const socket = connect((server.address() as { port: number }).port);
    const copy = throwAcross(Object.assign(new Error('x'), { socket, server }));
    socket.destroy();
    server.close();
    expect(copy.socket).toMatch(/^\[not sent: is a stream \(Socket\)/);
    expect(copy.server).toMatch(/^\[not sent: is a Server, which belongs/);
  });
});
