import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { limit } from '../../options/limit.js';
import type { AnyWorker } from '../jobs/task.js';
import type { JobOptions } from '../steering/job-options.js';

/** A job of a flow, and those before it. */
export interface FlowNode<Args = unknown> extends JobOptions {
  /** What runs it. */
  readonly worker: AnyWorker;
  /** What it is given. */
  readonly args?: Args;
  /** Jobs that are to have succeeded before it begins. The same object in several places is one job. @default none */
  readonly after?: readonly FlowNode[];
  /** What becomes of it when one before it fails: it fails too, or waits for all of them and runs. @default 'fail' */
  readonly afterFailed?: 'fail' | 'run';
  /** How long an attempt may run, in milliseconds. @default the worker's, else that of the pool that runs it */
  readonly timeoutMs?: number;
}

/** The jobs of a flow that was put, in its shape. */
export interface FlowJob {
  /** The job's id. */
  readonly jobId: string;
  /** Those before it. */
  readonly after: readonly FlowJob[];
}

const KNOWN: Record<keyof FlowNode, true> = {
  worker: true,
  args: true,
  after: true,
  afterFailed: true,
  timeoutMs: true,
  priority: true,
  delayMs: true,
  at: true,
  expiresAfterMs: true,
};
/** Jobs one before the other. */
const DEEPEST = 100;
const MOST_JOBS = 10_000;

/** The jobs of a flow, each once, those before a job before it. @throws OptionError */
export function jobsOf(tree: FlowNode): FlowNode[] {
  const jobs = new Set<FlowNode>();
  const path = new Set<FlowNode>();
  const add = (node: FlowNode) => {
    if (path.has(node)) throw new OptionError('a flow goes in a circle: a job of it is to come after itself');
    if (jobs.has(node)) return;
    mustBeNode(node);
    if (path.size >= DEEPEST)
      throw new OptionError(`a flow may have ${DEEPEST} jobs one before the other; this one is deeper`);
    path.add(node);
    for (const before of node.after ?? []) add(before);
    path.delete(node);
    jobs.add(node);
    if (jobs.size > MOST_JOBS)
      throw new OptionError(`a flow may have ${MOST_JOBS} jobs; this one has more. Put it in parts`);
  };
  add(tree);
  return [...jobs];
}

function mustBeNode(node: FlowNode): void {
  mustKnowOptions('a job of a flow', node, KNOWN);
  if (node.worker === undefined) throw new OptionError('a job of a flow needs its worker');
  if (node.after !== undefined && !Array.isArray(node.after))
    throw new OptionError(
      `after of a job of a flow must be an array of jobs; received ${String(node.after)}`,
    );
  limit('timeoutMs', node.timeoutMs);
  goesOn(node.afterFailed);
}

/** Does a job run though one before it has failed? @throws OptionError */
export function goesOn(afterFailed: unknown): boolean {
  if (afterFailed === undefined || afterFailed === 'fail') return false;
  if (afterFailed === 'run') return true;
  throw new OptionError(`option afterFailed must be 'fail' or 'run'; received ${String(afterFailed)}`);
}

/** The ids that a job comes after, each once. @throws OptionError */
export function idsAfter(after: unknown): string[] {
  if (
    Array.isArray(after) &&
    after.length <= MOST_JOBS &&
    after.every((id) => typeof id === 'string' && id !== '')
  )
    return [...new Set(after)];
  throw new OptionError(
    `option after must be an array of ids of jobs, as submit and flow give them, at most ${MOST_JOBS}; received ${JSON.stringify(after)?.slice(0, 100) ?? String(after)}`,
  );
}
