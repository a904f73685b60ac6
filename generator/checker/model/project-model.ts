import type { Code } from '../adapter/index.js';
import { type ClassModel, derivesFrom, findClasses } from './classes.js';

/** What the project is made of, as the rules see it. */
export interface ProjectModel {
  readonly classes: readonly ClassModel[];
  /** Classes that derive from `Worker`, abstract ones too. */
  readonly allWorkers: readonly ClassModel[];
  /** Workers that can be run: not abstract, and not part of a test. */
  readonly workers: readonly ClassModel[];
}

export function describeProject(code: Code): ProjectModel {
  const classes = findClasses(code);
  const worker = code.runtime('Worker');
  const allWorkers = classes.filter((model) => derivesFrom(model.type, worker));
  return {
    classes,
    allWorkers,
    workers: allWorkers.filter((model) => !model.abstract && !model.file.isTest),
  };
}
