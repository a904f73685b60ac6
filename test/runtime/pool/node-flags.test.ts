import { describe, expect, test } from 'vitest';
import { inheritedFlags } from '../../../runtime/src/pool/node-flags.js';

const NONE = undefined;
const LOADER = 'file:///app/node_modules/tsx/dist/loader.mjs';

describe('the flags that a child inherits', () => {
  test.each([
    [[], [], NONE],
    [['--expose-gc', '--max-old-space-size=100'], ['--expose-gc', '--max-old-space-size=100'], NONE],
    [['--conditions', 'dev', '-C', 'two'], ['--conditions', 'dev', '-C', 'two'], NONE],
    [['--inspect-port', '9345'], [], NONE],
    [['--inspect-port=9345', '--inspect', '--inspect-brk=0', '--inspect-publish-uid', 'http'], [], NONE],
    [['--debug-port', '1', '--expose-gc'], ['--expose-gc'], NONE],
    [['--inspect_port', '9345', '--trace_gc'], ['--trace_gc'], NONE],
    [['-e', 'code()', '--no-warnings'], ['--no-warnings'], NONE],
    [['-pe', '1', '--input-type', 'module'], [], NONE],
    [['--test', '--test-name-pattern', 'one', '--test-only', '--experimental-test-coverage'], [], NONE],
    [['--watch', '--watch-path', './src', '--env-file', '.env', '--env-file-if-exists=.env.local'], [], NONE],
    [['--require', './my-tsx-app/x.cjs'], ['--require', './my-tsx-app/x.cjs'], NONE],
    [['--import=./tsx-like.mjs'], ['--import=./tsx-like.mjs'], NONE],
    [['--import', 'tsx', '--import', './instrument.mjs'], ['--import', './instrument.mjs'], 'tsx'],
    [['--import=tsx/esm'], [], 'tsx/esm'],
    [['--require', '/app/node_modules/tsx/dist/preflight.cjs', '--import', LOADER], [], LOADER],
    [
      ['-r', 'ts-node/register', '--loader', 'ts-node/esm'],
      ['-r', 'ts-node/register', '--loader', 'ts-node/esm'],
      NONE,
    ],
    [
      ['--require', '/app/node_modules/vitest/suppress-warnings.cjs', '--conditions', 'node'],
      ['--conditions', 'node'],
      NONE,
    ],
    [['--experimental-strip-types'], ['--experimental-strip-types'], NONE],
  ])('%j', (execArgv, kept, tsx) => {
    expect(inheritedFlags(execArgv)).toEqual({ execArgv: kept, tsx });
  });
});
