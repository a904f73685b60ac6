import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, by what their paths hold: the last of them must not be left alone at the end. */
const LONGEST = [
  'test/queues/engines',
  'test/e2e/published',
  'test/chaos/smoke',
  'test/generator/commands/rename',
  'test/generator/update/',
  'test/runtime/remote/hosts',
  'test/e2e/served-projects',
  'test/runtime/testing/',
  'test/runtime/remote/control',
  'test/runtime/cli/queues',
  'test/runtime/schedules/',
  'test/bench/benchmarks',
  'test/e2e/templates',
  'test/runtime/queues/shared-memory-contract',
  'test/runtime/pool/modules',
  'test/runtime/pool/typescript/same-meaning',
  'test/runtime/pool/large-values',
  'test/runtime/containers',
  'test/chaos/',
  'test/e2e/',
  'test/checker/',
  'test/runtime/pool/neighbours',
  'test/runtime/pool/bundles',
  'test/runtime/pool/inside-callbacks',
  'test/runtime/cli/clean',
  'test/runtime/pool/leftovers',
  'test/runtime/remote/',
  'test/generator/commands/',
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
