// Removes, when all tests are over, the named queues that projects of tests have left over shared memory. Such a project is made as
// a user makes it, so its queues have no number of a test's process in their names, and several tests use them beside each other.
import { existsSync, rmSync } from 'node:fs';

const FILES = ['control', 'jobs.Sums'].map((name) => `/dev/shm/mproc-q-${name}`);

/** What was there before is somebody's own. */
export function setup(): () => void {
  const made = FILES.filter((file) => !existsSync(file));
  return () => {
    for (const file of made) rmSync(file, { force: true });
  };
}
