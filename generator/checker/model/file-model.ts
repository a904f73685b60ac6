import type { Code, CodeFile, CodeNode } from '../adapter/index.js';
import { type ClassModel, derivesFrom, findClasses } from './classes.js';
import { type FunctionWorkerModel, findFunctionWorkers } from './function-workers.js';
import { jobCodeOf } from './job-code.js';
import { findListenerMaps, type ListenerMap } from './listeners.js';
import { findQueueFactories, findQueues, type QueueFactoryModel } from './queues.js';
import { findStrategies, type StrategyModel } from './strategies.js';

/** What a file of the project is made of, as the rules see it. */
export interface FileModel {
  readonly file: CodeFile;
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
  /** What of it, and of what it calls, runs as part of jobs; nothing of a file that has no part of any. */
  readonly jobCode: readonly CodeNode[];
}

/** Each part is found when it is first asked for: what one of them stumbles over costs only the rules that need it. */
export function describeFile(code: Code, file: CodeFile): FileModel {
  const model: FileModel = {
    file,
    get classes() {
      return once('classes', () => findClasses(code, file));
    },
    get allWorkers() {
      const worker = code.runtime('Worker');
      return once('all workers', () => model.classes.filter(({ type }) => derivesFrom(type, worker)));
    },
    get workers() {
      return once('workers', () => model.allWorkers.filter((each) => !each.abstract && !file.isTest));
    },
    get functionWorkers() {
      return once('function workers', () => findFunctionWorkers(code, file));
    },
    get listeners() {
      return once('listeners', () => findListenerMaps(code, file));
    },
    get queues() {
      return once('queues', () => findQueues(code, model.classes));
    },
    get queueFactories() {
      return once('queue factories', () => findQueueFactories(code, file));
    },
    get strategies() {
      return once('strategies', () => findStrategies(code, file, model.classes));
    },
    get jobCode() {
      return once('job code', () => (!file.isTest && hasPart(model) ? jobCodeOf(file.root) : []));
    },
  };
  const once = <T>(what: string, make: () => T): T => file.root.remember(`model: ${what}`, make);
  return model;
}

function hasPart(model: FileModel): boolean {
  const parts = [
    'allWorkers',
    'functionWorkers',
    'listeners',
    'queues',
    'queueFactories',
    'strategies',
  ] as const;
  return parts.some((part) => model[part].length > 0);
}
