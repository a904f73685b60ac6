import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { ValueError } from '../../errors/errors.js';
import { unpack, unreadable } from '../../values/index.js';
import { classListeners } from '../../worker/class-listeners.js';
import { setUp } from '../../worker/class-setup.js';
import type { ListenerSet } from '../../worker/listener-set.js';
import type { WorkerClass } from '../../worker/worker.js';
import { CAN_REQUIRE_MODULES } from '../boot.js';
import type { TaskDescription, WorkerPlace } from '../protocol.js';
import { findClass } from './find-class.js';
import { imports } from './imports.js';
import { readStateLargeValue } from './job-input.js';
import { mentionsProgress } from './job-scope.js';
import { isLoadedByTsx, prepareFor } from './typescript/load-typescript.js';

const require = createRequire(import.meta.url);

/** A task as this process runs it. */
export interface LoadedTask {
  readonly workerClass: WorkerClass;
  /** What the ids of a call's jobs begin with. */
  jobIdPrefixOf(call: number): string;
  /** The packed state that each job begins with; empty when the worker has none. */
  readonly state: Buffer;
  readonly listeners: ListenerSet;
  readonly parentEvents: ReadonlySet<string>;
  readonly sendState: boolean;
  /** Does anybody listen to the steps of its jobs, here or in the parent? */
  readonly isHeard: boolean;
  /** Do its jobs report of progress, as far as is known? */
  reports: boolean;
}

/** Most jobs in a row belong to one call. */
function prefixes(task: string): (call: number) => string {
  let lastCall = -1;
  let last = '';
  return (call) => {
    if (call !== lastCall) last = `${task}.${call}`;
    lastCall = call;
    return last;
  };
}

/** What is said of a task, with its state at hand. */
interface ReadTask extends TaskDescription {
  readonly packedState: Buffer;
}

/**
 * Reads what the parent has written of a task.
 * @throws ValueError; MprocError `ERR_MEMORY_FULL`
 */
export function readTask(packed: Buffer): ReadTask {
  let task: TaskDescription;
  try {
    task = unpack(packed, 0, packed.length) as TaskDescription;
  } catch (error) {
    throw unreadable(error, 'task');
  }
  if (typeof task?.module !== 'string' || typeof task.exportName !== 'string')
    throw new ValueError('task', 'is not what a pool describes');
  const packedState =
    task.stateLargeValue === undefined
      ? ((task.state as Buffer | undefined) ?? Buffer.alloc(0))
      : readStateLargeValue(task.stateLargeValue);
  return { ...task, packedState };
}

/**
 * Loads the module of a task, finds the class in it, and runs its `setup` where it has not run in this process.
 * @throws whatever the module throws; MprocError `ERR_WORKER_NOT_FOUND`, `ERR_SETUP`
 */
export async function loadTask(description: ReadTask, setupTimeoutMs: number): Promise<LoadedTask> {
  const workerClass = await loadClass(description, setupTimeoutMs);
  const listeners = classListeners(workerClass);
  return {
    workerClass,
    jobIdPrefixOf: prefixes(description.jobIdPrefix),
    state: description.packedState,
    listeners,
    parentEvents: new Set(description.events),
    sendState: description.sendState,
    isHeard: listeners.events.length > 0 || description.events.length > 0,
    reports: mentionsProgress(workerClass),
  };
}

/**
 * Loads a module, finds a class in it, and makes this process ready for its jobs.
 * @throws as `loadTask`
 */
export async function loadClass(place: WorkerPlace, setupTimeoutMs: number): Promise<WorkerClass> {
  const exported = await importModule(place.module);
  const workerClass = findClass(exported, place);
  const isReady = setUp(workerClass, setupTimeoutMs);
  if (isReady !== undefined) await isReady;
  return workerClass;
}

/** The modules whose own code runs, or waits, at this moment. */
export const loadingNow: string[] = [];

/** Those that were loaded. */
export const loadedModules = new Set<string>();

const failures = new Map<string, number>();

/** Imports a module; one that failed before is loaded anew, because it may have been mended since. */
async function importModule(url: string): Promise<Record<string, unknown>> {
  const failed = failures.get(url) ?? 0;
  loadingNow.push(url);
  try {
    await prepareFor(url);
    const exported = await importAttempt(url, failed);
    loadedModules.add(url);
    return exported;
  } catch (error) {
    failures.set(url, failed + 1);
    throw error;
  } finally {
    loadingNow.splice(loadingNow.indexOf(url), 1);
  }
}

async function importAttempt(url: string, failed: number): Promise<Record<string, unknown>> {
  if (failed > 0) return imports().module(`${url}?attempt=${failed}`);
  return loadAtOnce(url) ?? imports().module(url);
}

let isFirst = true;

/**
 * The first module of a process, loaded without the threads and promises of `import`, which would take a good part of its
 * start; it is the same module to whoever imports it. A later one may need what an earlier one has registered.
 * @returns `undefined` where it has to be imported
 */
function loadAtOnce(url: string): Record<string, unknown> | undefined {
  const may =
    isFirst && CAN_REQUIRE_MODULES && /^file:[^?#]+$/.test(url) && !hasPreloads() && !isLoadedByTsx();
  isFirst = false;
  if (!may) return undefined;
  try {
    const loaded: unknown = require(fileURLToPath(url));
    return types.isModuleNamespaceObject(loaded) ? (loaded as Record<string, unknown>) : undefined;
  } catch (error) {
    // One that waits at its top level, as an example; it has not begun.
    if (/^ERR_REQUIRE_/.test(String((error as { code?: string } | null)?.code))) return undefined;
    throw error;
  }
}

/** Something that may want to see modules load, or change them. */
function hasPreloads(): boolean {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  return /(^|\s)(-r|--require|--import|--(experimental-)?loader|--experimental-default-type)\b/.test(flags);
}
