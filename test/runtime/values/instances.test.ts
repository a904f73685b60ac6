import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { type InstanceRule, useInstanceRule } from '../../../runtime/src/values/index.js';
import { roundTrip } from './round-trip.js';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

class Order {
  lines = [1];
  total(): number {
    return this.lines.length;
  }
}

class Visitor {
  visit(): void {}
}

class Money {
  readonly #cents = 5;
  currency = 'EUR';
  get cents(): number {
    return this.#cents;
  }
}

class Wallet extends Money {}

function under(rule: InstanceRule): string[] {
  const told: string[] = [];
  useInstanceRule(rule, (message) => told.push(message));
  return told;
}

afterEach(() => void under('allow'));

describe('an instance of a class', () => {
  it.each([
    [new Money(), 'args.item is a Money, whose #private fields cannot be sent; send what it is made from'],
    [new Wallet(), 'args.item is a Wallet, whose #private fields cannot be sent; send what it is made from'],
  ])('with #private fields is refused under each rule', (item, message) => {
    for (const rule of ['allow', 'warn', 'refuse'] as const) {
      under(rule);
      expect(() => roundTrip({ item })).toThrow(message);
    }
  });

  it('is data where its class has no methods, and a # in its source that is no field', () => {
    class Colour {
      hex = '#ff0000';
    }
    const told = under('refuse');
    expect(roundTrip([new Point(1, 2), new Colour()])).toEqual([{ x: 1, y: 2 }, { hex: '#ff0000' }]);
    expect(told).toEqual([]);
  });

  it('that loses its methods is told of once, refused, or sent without a word', () => {
    const told = under('warn');
    expect(roundTrip([new Order(), new Order()])).toEqual([{ lines: [1] }, { lines: [1] }]);
    expect(roundTrip(new Order())).toEqual({ lines: [1] });
    expect(told).toEqual(['an Order arrives as a plain object, without its methods (pool option instances)']);
    under('refuse');
    expect(() => roundTrip({ a: [new Order()] })).toThrow(
      /^args\.a\[0\] is an Order, which would arrive without/,
    );
    expect(under('allow')).toEqual([]);
    expect(roundTrip(new Order())).toEqual({ lines: [1] });
  });

  it('of which nothing would arrive is refused, unless that is allowed', () => {
    under('warn');
    expect(() => roundTrip([new Visitor()])).toThrow(
      'args[0] is a Visitor, of which nothing but methods could arrive',
    );
    under('allow');
    expect(roundTrip([new Visitor()])).toEqual([{}]);
  });

  it('that Node.js made, and no global is, is told of as well', () => {
    const told = under('warn');
    roundTrip([new EventEmitter()]);
    expect(told).toEqual([expect.stringMatching(/^an EventEmitter arrives/)]);
  });
});

it('bytes of two gibibytes are refused with their path', () => {
  const bytes = new Uint8Array(2 ** 31);
  expect(() => roundTrip({ a: [bytes] })).toThrow(
    /^args\.a\[0\] is 2147483648 bytes long, at most 2147483647 can be/,
  );
  expect(() => roundTrip(bytes)).toThrow(/^args is 2147483648 bytes long/);
});
