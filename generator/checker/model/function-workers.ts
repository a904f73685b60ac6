import type { Code, CodeFile, CodeNode, CodeType } from '../adapter/index.js';
import { holderOf } from './classes.js';
import { functionOf, unwrap } from './functions.js';
import type { TypedPlace } from './process-types.js';

/** A call of `defineWorker` or `moduleWorker`: a function as a worker. */
export interface FunctionWorkerModel {
  readonly call: CodeNode;
  readonly file: CodeFile;
  /** Of the variable it is kept in, else of what makes it. */
  readonly name: string;
  /** Where a finding about the whole is shown. */
  readonly at: CodeNode;
  /** Only of `defineWorker`, whose module exports what it gives. */
  readonly isDefined: boolean;
  /** Its function, where that is one of the project. */
  readonly body: CodeNode | undefined;
}

/** All of a file, in order. */
export function findFunctionWorkers(code: Code, file: CodeFile): FunctionWorkerModel[] {
  if (file.isTest || !/\b(define|module)Worker\b/.test(file.text)) return [];
  const makers = new Map([
    [code.runtime('defineWorker')?.key, true],
    [code.runtime('moduleWorker')?.key, false],
  ]);
  makers.delete(undefined);
  const found: FunctionWorkerModel[] = [];
  if (makers.size === 0) return found;
  file.root.walk((node) => {
    if (node.kind !== 'CallExpression') return;
    const callee = unwrap(node.get('expression'));
    const isDefined = makers.get((callee?.get('name') ?? callee)?.symbol?.key);
    if (isDefined !== undefined) found.push(describe(node, isDefined));
  });
  return found;
}

function describe(call: CodeNode, isDefined: boolean): FunctionWorkerModel {
  const name = holderOf(call)?.get('name');
  const given = isDefined ? unwrap(call.list('arguments')[1]) : undefined;
  return {
    call,
    file: call.file,
    name: name?.text ?? (isDefined ? 'the function' : 'the worker'),
    at: name ?? call.get('expression') ?? call,
    isDefined,
    body: given && functionBehind(given),
  };
}

/** Itself, or what a name stands for. */
function functionBehind(given: CodeNode): CodeNode | undefined {
  const own = functionOf(given);
  if (own) return own;
  for (const declaration of given.symbol?.declarations ?? []) {
    const named = functionOf(declaration);
    if (named && named.symbol?.origin !== 'library') return named;
  }
  return undefined;
}

/** What a job is given and what it gives: those of `Worker<Args, Result>`. */
export function functionTypes({ call, at, body }: FunctionWorkerModel): {
  readonly args: TypedPlace | undefined;
  readonly result: TypedPlace | undefined;
} {
  const [args, result] = call.type.elements as (CodeType | undefined)[];
  const own = body?.file === call.file ? body : undefined;
  const parameter = own?.list('parameters')[0];
  // One without parameters is given nothing, whatever the call may pass.
  const isGivenNothing = body !== undefined && body.list('parameters').length === 0;
  return {
    args: args === undefined || isGivenNothing ? undefined : { type: args, at: parameter ?? at },
    result: result && { type: result, at: own?.get('type') ?? at },
  };
}
