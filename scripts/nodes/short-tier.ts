/** Tests to run under one release. */
export interface Round {
  readonly release: string;
  /** Files or folders; none means all. */
  readonly tests: readonly string[];
}

/**
 * What lets releases differ most: how they load TypeScript, what they let a program do, how threads end, how values are
 * told apart. Small enough for each `npm test`: a minute of processor time in all, half of that where two are free.
 */
export const SHORT: readonly Round[] = [
  {
    release: '22',
    tests: ['test/runtime/pool/typescript/stripped-code-cache.test.ts', 'test/e2e/native-typescript.test.ts'],
  },
  {
    release: '24',
    tests: [
      'test/runtime/pool/typescript/stripped-code-cache.test.ts',
      'test/runtime/pool/coverage.test.ts',
      'test/runtime/platform',
      'test/runtime/threads',
    ],
  },
  {
    release: '26',
    tests: [
      'test/runtime/pool/typescript/same-meaning.test.ts',
      'test/runtime/platform',
      'test/runtime/segment/segment.test.ts',
      'test/runtime/values/fidelity.test.ts',
      'test/runtime/values/errors.test.ts',
    ],
  },
];
