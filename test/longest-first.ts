import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, by what their paths hold: the last of them must not be left alone at the end. */
const LONGEST = [
  'test/queues/engines',
  'test/e2e/published',
  'test/chaos/smoke',
  'test/runtime/testing/',
  'test/runtime/remote/hosts',
  'test/e2e/served-projects',
  'test/runtime/cli/queues',
  'test/runtime/remote/joins',
  'test/generator/update/every-version',
  'test/runtime/job-limits/over-queues',
  'test/runtime/schedules/',
  'test/bench/benchmarks',
  'test/e2e/templates',
  'test/repository/examples',
  'test/checker/mutants',
  'test/runtime/queues/shared-memory-contract',
  'test/runtime/pool/modules',
  'test/runtime/pool/typescript/same-meaning',
  'test/runtime/pool/large-values',
  'test/generator/commands/rename',
  'test/runtime/containers',
  'test/chaos/',
  'test/e2e/',
  'test/runtime/remote/',
  'test/checker/',
  'test/runtime/pool/neighbours',
  'test/runtime/pool/bundles',
  'test/runtime/pool/inside-callbacks',
  'test/runtime/cli/clean',
  'test/runtime/pool/leftovers',
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
