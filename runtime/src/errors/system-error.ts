import { MprocError } from './errors.js';

/** What is short, and where it can be changed, for the errors of the system that tell of a lack. */
const LACKS: Readonly<Record<string, string>> = {
  EMFILE: 'this process has no descriptors left; close some, or raise `ulimit -n`',
  ENFILE: 'the system has no descriptors left',
  ENOMEM: 'there is no memory left',
  EAGAIN: 'a limit is reached, as of processes (`ulimit -u`, or that of the container)',
  E2BIG: 'the environment and the arguments are too large for a new process',
  ENOSPC: 'the file system is full',
  EDQUOT: 'the quota of the file system is used up',
  EFBIG: 'the file is larger than `ulimit -f` allows',
};

/** The name of the system's error, such as `EMFILE`; `undefined` when it is another error. */
export function errnoOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** Does it say that a file or process is not there, and not merely that this could not be found out? */
export function saysGone(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ESRCH';
}

/** What is short when the system gives this error; `undefined` when it tells of no lack. */
export function lackOf(errno: string): string | undefined {
  return LACKS[errno];
}

/** A call to the system that it refused, for now. */
export class SystemError extends MprocError {
  constructor(
    what: string,
    /** The name of the system's error, such as `EMFILE`, or what else there is to say. */
    readonly errno: string,
    options?: ErrorOptions,
  ) {
    const lack = lackOf(errno);
    super('ERR_SYSTEM', `${what}: ${errno}${lack === undefined ? '' : `, ${lack}`}`, options);
  }
}

/**
 * An error of the system as one of this package; one of this package as it is.
 * @param what could not be done, as `queue jobs could not be opened`
 * @param reason the error, or its name
 */
export function systemError(what: string, reason: unknown): MprocError {
  if (reason instanceof MprocError) return reason;
  if (typeof reason === 'string') return new SystemError(what, reason);
  return new SystemError(what, errnoOf(reason) ?? String(reason), { cause: reason });
}
