import { closeSync } from 'node:fs';
import { isCodeCacheOn, writeCodeCache } from '../../cache/code-cache.js';
import { setTimeout } from '../../clock/timers.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { libc, useNativeFile } from '../../segment/libc.js';
import { isChildOf } from '../../segment/sender.js';
import { useInstanceRule } from '../../values/index.js';
import { CHILD_FD, type ChildBoot } from '../protocol.js';
import { Doorbell } from '../transport/doorbell.js';
// A job may be sent one before its module has loaded the class.
import '../../shared-array/shared-array.js';
import { PoolSegment } from '../transport/pool-segment.js';
import { blockOnOutput } from './blocking-output.js';
import { ChildLoop } from './child-loop.js';
import { endProcess } from './end-process.js';
import { type Imports, useImports } from './imports.js';
import { useTypescriptLoading } from './typescript/load-typescript.js';
import { flushNodeCompileCache } from './typescript/node-compile-cache.js';

const SIGKILL = 9;
/** How long after the first job has been taken its code is kept, in milliseconds: when it has begun. */
const CACHE_AFTER_MS = 10;

/** A job may have taken it on itself to hear of errors that nobody catches: this one ends the process all the same. */
function endBy(error: unknown, loop: ChildLoop): void {
  try {
    loop.reportFatal(error);
    console.error(error);
  } finally {
    endProcess(1);
  }
}

/** Serves the pool that has made this process, until it is told to end. */
export function childMain(boot: ChildBoot, imports: Imports): void {
  useImports(imports);
  useTypescriptLoading(boot.typescript);
  failpoint('pool.booting');
  if (boot.nativeFile !== undefined) useNativeFile(boot.nativeFile);
  const isTied = libc().dieWithParent(SIGKILL);
  // The parent may have died before the wish was made.
  if (process.ppid !== boot.parentPid) endProcess(0);
  isChildOf(boot.parentPid);
  // Until here the parent's end of this socket would have ended this process; see parent-death-socket.ts.
  if (isTied) closeSync(CHILD_FD.parentDeathSocket);

  blockOnOutput();
  useInstanceRule(boot.instances, (message) => console.warn(message));
  // Ctrl-C goes to the whole group: the parent decides what becomes of the jobs.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});

  const segment = PoolSegment.attach(CHILD_FD.segment, boot.segmentBytes);
  segment.keepOwnWritable(boot.child);
  let loop: ChildLoop | undefined;
  const doorbell = new Doorbell(
    CHILD_FD.doorbell,
    () => loop?.onRing(),
    () => endProcess(0),
    (message) => loop?.onMessage(message),
  );
  const serving = new ChildLoop(segment, boot, doorbell, () => cacheCodeSoon(boot.cacheCodeAt, imports));
  loop = serving;
  process.on('SIGTERM', () => serving.drain());
  process.on('uncaughtExceptionMonitor', (error) => serving.reportFatal(error));
  void serving.serve().then(
    () => endProcess(0),
    (error) => endBy(error, serving),
  );
}

/** Most of what a process runs until its first job has begun is compiled by then, and the next processes need not. */
function cacheCodeSoon(path: string | undefined, imports: Imports): void {
  const cache = () => {
    flushNodeCompileCache();
    const code = path !== undefined && isCodeCacheOn() ? imports.code() : undefined;
    if (path !== undefined && code !== undefined) writeCodeCache(path, code.bytes, code.edition);
  };
  setTimeout(cache, CACHE_AFTER_MS).unref();
}
