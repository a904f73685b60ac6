import type { Code, CodeFile } from '../adapter/index.js';
import { type ClassModel, derivesFrom, findClasses } from './classes.js';
import { JobCode } from './job-code.js';
import { findListenerMaps, type ListenerMap } from './listeners.js';
import { findQueueFactories, findQueues, type QueueFactoryModel } from './queues.js';
import { findStrategies, type StrategyModel } from './strategies.js';
import { findUses, type Uses } from './uses.js';

/** What the project is made of, as the rules see it. */
export interface ProjectModel {
  readonly classes: readonly ClassModel[];
  /** Classes that derive from `Worker`, abstract ones too. */
  readonly allWorkers: readonly ClassModel[];
  /** Workers that can be run: not abstract, and not part of a test. */
  readonly workers: readonly ClassModel[];
  readonly listeners: readonly ListenerMap[];
  readonly queues: readonly ClassModel[];
  readonly queueFactories: readonly QueueFactoryModel[];
  readonly strategies: readonly StrategyModel[];
  /** Which files use which symbol. */
  readonly uses: Uses;
  readonly jobCode: JobCode;
}

export function describeProject(code: Code): ProjectModel {
  const classes = findClasses(code);
  const worker = code.runtime('Worker');
  const allWorkers = classes.filter((model) => derivesFrom(model.type, worker));
  const workers = allWorkers.filter((model) => !model.abstract && !model.file.isTest);
  const listeners = findListenerMaps(code);
  const queues = findQueues(code, classes);
  const queueFactories = findQueueFactories(code);
  const strategies = findStrategies(code, classes);
  const parts = [...allWorkers, ...listeners, ...queues, ...queueFactories, ...strategies];
  const files = new Set<CodeFile>(parts.map((part) => part.file).filter((file) => !file.isTest));
  return {
    classes,
    allWorkers,
    workers,
    listeners,
    queues,
    queueFactories,
    strategies,
    uses: findUses(code),
    jobCode: new JobCode(files, new Set(code.files)),
  };
}
