import { expect, test } from 'vitest';
import * as errors from '../../../runtime/src/errors/index.js';
import { OWN_ERRORS } from '../../../runtime/src/errors/own-errors.js';

test('every class of errors that the package exports is known as its own', () => {
  const classes = Object.values(errors).filter(
    (value) => typeof value === 'function' && value.prototype instanceof Error,
  );
  expect(new Set(OWN_ERRORS)).toEqual(new Set(classes));
});
