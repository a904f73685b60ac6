import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const POLL_MS = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** Runs an action while no other process does; the lock of a dead process is taken away. Slow and simple. */
export function withFileLock<R>(path: string, action: () => R): R {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  for (;;) {
    try {
      linkSync(own, path);
      break;
    } catch {
      removeIfDead(path);
      Atomics.wait(sleeper, 0, 0, POLL_MS);
    }
  }
  try {
    return action();
  } finally {
    rmSync(path, { force: true });
    rmSync(own, { force: true });
  }
}

function removeIfDead(path: string): void {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0 && isDead(pid)) rmSync(path, { force: true });
  } catch {
    // It was freed meanwhile.
  }
}
