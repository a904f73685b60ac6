import type { Code, CodeFile } from '../adapter/index.js';
import { type ClassModel, derivesFrom, findClasses } from './classes.js';
import { type FunctionWorkerModel, findFunctionWorkers } from './function-workers.js';
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
  /** Functions as workers. */
  readonly functionWorkers: readonly FunctionWorkerModel[];
  readonly listeners: readonly ListenerMap[];
  readonly queues: readonly ClassModel[];
  readonly queueFactories: readonly QueueFactoryModel[];
  readonly strategies: readonly StrategyModel[];
  /** Which files use which symbol. */
  readonly uses: Uses;
  readonly jobCode: JobCode;
}

/** Each part is found when it is first asked for: what one of them stumbles over costs only the rules that need it. */
export function describeProject(code: Code): ProjectModel {
  const classes = once(() => findClasses(code));
  const allWorkers = once(() => {
    const worker = code.runtime('Worker');
    return classes().filter((model) => derivesFrom(model.type, worker));
  });
  const workers = once(() => allWorkers().filter((model) => !model.abstract && !model.file.isTest));
  const functionWorkers = once(() => findFunctionWorkers(code));
  const listeners = once(() => findListenerMaps(code));
  const queues = once(() => findQueues(code, classes()));
  const queueFactories = once(() => findQueueFactories(code));
  const strategies = once(() => findStrategies(code, classes()));
  const uses = once(() => findUses(code));
  const jobCode = once(() => {
    const parts = [
      ...allWorkers(),
      ...functionWorkers(),
      ...listeners(),
      ...queues(),
      ...queueFactories(),
      ...strategies(),
    ];
    const files = new Set<CodeFile>(parts.map((part) => part.file).filter((file) => !file.isTest));
    return new JobCode(files, new Set(code.files));
  });
  return lazily({
    classes,
    allWorkers,
    workers,
    functionWorkers,
    listeners,
    queues,
    queueFactories,
    strategies,
    uses,
    jobCode,
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

type Makers<T> = { readonly [K in keyof T]: () => T[K] };

/** An object whose properties are made when they are read. */
function lazily<T extends object>(makers: Makers<T>): T {
  const entries = Object.entries(makers).map(([name, get]) => [name, { get: get as () => unknown }]);
  return Object.defineProperties({}, Object.fromEntries(entries)) as T;
}
