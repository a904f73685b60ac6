/** What is mutated together, and the tests that are to notice: those nearest to it, quick ones first. */
export interface Target {
  /** Below the checkout. */
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

const RUNTIME = 'runtime/src';

/** Folders whose tests are not simply those of the same path. */
const TARGETS: Record<string, Target> = {
  'pool/transport': {
    sources: [`${RUNTIME}/pool/transport`],
    tests: ['test/runtime/pool/transport', 'test/runtime/pool/memory-check.test.ts'],
  },
  queues: {
    sources: [`${RUNTIME}/queues`],
    tests: ['test/runtime/queues'],
  },
  segment: {
    sources: [`${RUNTIME}/segment`],
    tests: ['test/runtime/segment', 'test/runtime/shared-array'],
  },
  strategies: {
    sources: [`${RUNTIME}/strategies`],
    tests: ['test/runtime/strategies'],
  },
  values: {
    sources: [`${RUNTIME}/values`],
    // Not those by random values, which take a minute for each fault.
    tests: ['errors', 'fidelity', 'lengths', 'own-errors', 'packed', 'refusals', 'unreadable'].map(
      (name) => `test/runtime/values/${name}.test.ts`,
    ),
  },
};

/**
 * @param name of a folder, as `values`, `pool/transport`, `generator/plan`; or a file below one
 * @param exists is there such a file or folder in the checkout?
 */
export function targetOf(name: string, exists: (path: string) => boolean): Target | undefined {
  const known = TARGETS[name];
  if (known !== undefined) return known;
  for (const [folder, target] of Object.entries(TARGETS))
    if (name.startsWith(`${folder}/`)) return { ...target, sources: [`${RUNTIME}/${name}`] };
  const sources = name.startsWith('generator/') ? name : `${RUNTIME}/${name}`;
  const tests = `test/${name.startsWith('generator/') ? name : `runtime/${name}`}`;
  return exists(sources) && exists(tests) ? { sources: [sources], tests: [tests] } : undefined;
}

export const TARGET_NAMES = Object.keys(TARGETS);
