import type { CodeNode, CodeType } from '../adapter/index.js';
import { type ClassModel, heritage, memberOf } from './classes.js';

export interface TypedPlace {
  readonly type: CodeType;
  /** Where a finding about it is shown. */
  readonly at: CodeNode;
}

export interface ProcessTypes {
  readonly args: TypedPlace | undefined;
  /** What comes out once promises are awaited; a `JobResponse` counts as its body. */
  readonly result: TypedPlace | undefined;
}

/** What goes into and comes out of a worker's own `process`; inherited ones are judged with their class. */
export function processTypes(worker: ClassModel): ProcessTypes {
  const member = memberOf(worker, 'process');
  const own = member !== undefined && member.parent === worker.node;
  const signature = worker.type.property('process')?.type.calls[0];
  if (!signature) return { args: undefined, result: undefined };
  const declared = heritage(worker.node, 'extends')[0]?.list('typeArguments')[0];
  const parameter = own
    ? member.list('parameters').find((node) => node.get('name')?.text !== 'this')
    : undefined;
  // Without a parameter, what may be passed is what the class says it takes.
  const argsType = parameter?.type ?? worker.type.property('start')?.type.calls[0]?.parameters[0]?.type;
  return {
    args: argsType && { type: argsType, at: parameter ?? declared ?? worker.at },
    result: {
      type: signature.returns,
      at: own ? (member.get('type') ?? member.get('name') ?? member) : worker.at,
    },
  };
}

/** The body types of a return type: promises are awaited, responses opened. */
export function resultBodies(type: CodeType): CodeType[] {
  const { awaited } = type;
  const parts = awaited.shape === 'union' ? awaited.parts : [awaited];
  return parts.flatMap((part) => {
    if (part.symbol?.origin !== 'runtime') return [part];
    const body = part.elements[0] ?? part.property('body')?.type;
    return body ? [body] : [];
  });
}
