/** Tests to run under one release. */
export interface Round {
  readonly release: string;
  /** Files or folders; none means all. */
  readonly tests: readonly string[];
}

/** What lets the next releases differ most: how they load TypeScript, and what they let a program do. */
const LOADING = ['test/runtime/pool/typescript', 'test/runtime/platform'];

/** Small enough for each `npm test`: about half a minute where two processors are free. */
export const SHORT: readonly Round[] = [
  {
    release: '22',
    tests: [
      'test/runtime/pool/typescript/stripped-code.test.ts',
      'test/runtime/pool/kept-code.test.ts',
      'test/e2e/native-typescript.test.ts',
    ],
  },
  {
    release: '24',
    tests: [
      ...LOADING,
      'test/runtime/threads',
      'test/runtime/pool/coverage.test.ts',
      'test/e2e/native-typescript.test.ts',
    ],
  },
  {
    release: '26',
    tests: [
      ...LOADING,
      'test/runtime/segment/segment.test.ts',
      'test/runtime/values/fidelity.test.ts',
      'test/runtime/values/errors.test.ts',
    ],
  },
];
