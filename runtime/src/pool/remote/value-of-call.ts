import { ValueError } from '../../errors/errors.js';
import { pack } from '../../values/index.js';

/** Parts of what lies on queues, and what who calls knows them as. */
const PARTS: Readonly<Record<string, string>> = {
  'value.held.args': 'args',
  'value.held.state': 'state',
  'value.args': 'args',
  'value.state': 'state',
  'value.body': 'result',
};

/**
 * What an engine refuses a job with, as a pool without queues says it: in the terms of the call. Anything else as it is.
 * @param args of the job, where it is known which one was refused
 */
export function valueOfCall(error: unknown, args?: unknown): unknown {
  if (!(error instanceof ValueError)) return error;
  return refusalOf(args) ?? withPathOfCall(error);
}

export function throwValueOfCall(error: unknown, args?: unknown): never {
  throw valueOfCall(error, args);
}

function refusalOf(args: unknown): ValueError | undefined {
  try {
    pack(args, 'args');
    return undefined;
  } catch (error) {
    return error instanceof ValueError ? error : undefined;
  }
}

function withPathOfCall(error: ValueError): ValueError {
  const { path, message } = error;
  const part = Object.keys(PARTS).find((one) => path.startsWith(one));
  if (part === undefined) return error;
  return new ValueError(`${PARTS[part]}${path.slice(part.length)}`, message.slice(path.length + 1));
}
