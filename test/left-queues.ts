// Removes the named queues that a file of tests has left, as those of hosts: `control` and `callers` come with each pool that
// serves. Named queues stay, as they are meant to; those of tests have the number of the test's process after their first words.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Of Linux, where these tests run. Not imported from the runtime: each file of tests would load that, for this alone. */
const SEGMENT_FOLDER = '/dev/shm';
/** Queues without a name of their own begin with `private`: one that is left is a fault, which others look for. */
const OWN = new RegExp(`^mproc-q-(?!private-)[a-z]+(?:-[a-z]+)*-${process.pid}(?:[.-]|$)`);

afterAll(() => {
  if (!existsSync(SEGMENT_FOLDER)) return;
  for (const file of readdirSync(SEGMENT_FOLDER))
    if (OWN.test(file)) rmSync(join(SEGMENT_FOLDER, file), { force: true });
});
