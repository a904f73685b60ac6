import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, by what their paths hold: the last of them must not be left alone at the end. */
const LONGEST = [
  'test/queues/engines',
  'test/chaos/smoke',
  'test/e2e/published',
  'test/runtime/testing/',
  'test/runtime/pool/inside-callbacks',
  'test/runtime/queues/shared-memory-contract',
  'test/chaos/',
  'test/e2e/templates',
  'test/runtime/pool/neighbours',
  'test/bench/benchmarks',
  'test/e2e/',
  'test/checker/mutants',
  'test/runtime/cli/clean',
  'test/runtime/pool/leftovers',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // By what each has taken the last time, or by its size.
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((path) => moduleId.includes(path));
  return index < 0 ? LONGEST.length : index;
}
