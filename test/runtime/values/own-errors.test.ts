import { expect, test } from 'vitest';
import * as errors from '../../../runtime/src/errors/index.js';
import { packThrown, unpackThrown } from '../../../runtime/src/values/index.js';

const classes = Object.values(errors).flatMap((value) =>
  typeof value === 'function' && value.prototype instanceof Error
    ? [{ name: value.name, prototype: value.prototype as Error }]
    : [],
);

test.each(classes)(
  'an error of the class $name that the package exports is of that class again',
  ({ prototype }) => {
    const bytes = Buffer.from(packThrown(Object.setPrototypeOf(new Error('crossed'), prototype)));
    const crossed = unpackThrown(bytes, 0, bytes.length) as Error;
    expect(Object.getPrototypeOf(crossed)).toBe(prototype);
    expect(crossed.message).toBe('crossed');
  },
);
