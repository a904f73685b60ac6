import { MprocError } from '../../errors/errors.js';
import { classText } from '../../worker/class-text.js';
import { exportedFunction } from '../../worker/function/exported-function.js';
import { classOfFunction, type JobFunction } from '../../worker/function/function-class.js';
import { originOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { WorkerPlace } from '../protocol.js';

type Exports = Record<string, unknown>;

/** Of bare functions, so that a process has one of each. */
const classes = new WeakMap<JobFunction<unknown, unknown>, WorkerClass>();

/**
 * The class of a function among what its module exports, whatever the export is called.
 * @param place how many its module has defined before it; -1 for a bare function
 * @throws MprocError `ERR_WORKER_NOT_FOUND`
 */
export function findFunction(exported: Exports, task: WorkerPlace, place: number): WorkerClass {
  if (place < 0) return bareFunction(exported, task);
  const candidates = functionsIn(exported);
  const sameText = candidates.filter(({ made }) => classText(made) === task.classText);
  // The parent has it from the same source, which something has transformed there or here.
  const found = atPlace(sameText.length > 0 ? sameText : candidates, place) ?? onlyOne(sameText);
  if (found === undefined) throw notFound(exported, task);
  // One without a name of its own is shown under that of its export.
  if (found.made.name === '') Object.defineProperty(found.made, 'name', { value: found.key });
  return found.made;
}

interface Candidate {
  readonly key: string;
  readonly made: WorkerClass;
}

/** Each function that `defineWorker` has made, once: a namespace, and what CommonJS exports, may show one under several names. */
function functionsIn(exported: Exports): Candidate[] {
  const found = new Map<WorkerClass, Candidate>();
  for (const one of layersOf(exported))
    for (const [key, value] of Object.entries(one)) {
      const made = Object(value ?? {}).constructor as WorkerClass | undefined;
      if (typeof made === 'function' && originOf(made) !== undefined && !found.has(made))
        found.set(made, { key, made });
    }
  return [...found.values()];
}

function layersOf(exported: Exports): Exports[] {
  const inner = Object(exported.default ?? {}) as Exports;
  return [exported, inner, Object(inner.default ?? {}) as Exports];
}

function atPlace(candidates: readonly Candidate[], place: number): Candidate | undefined {
  return candidates.find(({ made }) => originOf(made)?.place === place);
}

/** Another number than the parent's: there, something has loaded the module several times. */
function onlyOne(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.length === 1 ? candidates[0] : undefined;
}

function bareFunction(exported: Exports, { module, exportName }: WorkerPlace): WorkerClass {
  const call = exportedFunction(exported, module, exportName);
  const known = classes.get(call);
  if (known !== undefined) return known;
  const made = classOfFunction(module, exportName, call, {}) as WorkerClass;
  classes.set(call, made);
  return made;
}

function notFound(exported: Exports, { module, exportName, place }: WorkerPlace): MprocError {
  const subject = exportName === '' ? `what its defineWorker number ${place! + 1} gives` : exportName;
  const names = Object.keys(exported).join(', ') || 'nothing';
  return new MprocError(
    'ERR_WORKER_NOT_FOUND',
    `${module} must export ${subject}; it exports ${names}. Processes find a function of defineWorker among the exports: export const … = defineWorker(import.meta.url, …)`,
  );
}
