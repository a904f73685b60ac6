import { MprocError } from '../errors/errors.js';

/** What Node.js has where it was started with `--permission`; Node.js 20 does not tell of addons. */
interface Permission {
  has(scope: Need['scope'], path?: string): boolean;
}

/** What a program that was started with `--permission` may do only where a flag allows it. */
export interface Need {
  readonly scope: 'addon' | 'child' | 'net' | 'fs.read' | 'fs.write';
  readonly path?: string;
}

const ADDONS = '--allow-addons';

/**
 * @param what has these needs, as `a pool`
 * @throws MprocError `ERR_PLATFORM` with the flags that are missing, all of them
 */
export function mustBeAllowed(what: string, needs: readonly Need[]): void {
  const granted = permission();
  if (granted === undefined) return;
  const flags = needs.filter((need) => !isGranted(granted, need)).map(flagOf);
  if (flags.length > 0) throw notAllowed(what, flags);
}

/** Is this what Node.js says where native code may not be loaded? */
export function isAddonRefusal(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_DLOPEN_DISABLED';
}

export function addonsRefused(cause: unknown): MprocError {
  if (permission() !== undefined) return notAllowed('shared memory', [ADDONS], cause);
  return new MprocError(
    'ERR_PLATFORM',
    'mproc-worker loads a native library, which --no-addons forbids; take that flag from the command line or NODE_OPTIONS',
    { cause },
  );
}

function permission(): Permission | undefined {
  return (process as { permission?: Permission }).permission;
}

function isGranted(granted: Permission, { scope, path }: Need): boolean {
  if (granted.has(scope, path)) return true;
  // From Node.js 25 on it counts sockets between processes as well.
  if (scope === 'net') return !process.allowedNodeEnvironmentFlags.has('--allow-net');
  return scope === 'addon' && [...process.execArgv, process.env.NODE_OPTIONS].join(' ').includes(ADDONS);
}

function flagOf({ scope, path }: Need): string {
  if (path !== undefined) return `--allow-${scope.replace('.', '-')}=${path}`;
  return scope === 'addon' ? ADDONS : scope === 'child' ? '--allow-child-process' : `--allow-${scope}`;
}

function notAllowed(what: string, flags: readonly string[], cause?: unknown): MprocError {
  return new MprocError(
    'ERR_PLATFORM',
    `node was started with --permission, and ${what} needs more than that allows; add ${flags.join(' ')}`,
    cause === undefined ? undefined : { cause },
  );
}
