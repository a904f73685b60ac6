import { readdirSync, rmSync } from 'node:fs';

const FOLDER = '/dev/shm';

/** Files in shared memory of the queues whose names have this part. */
export function filesOf(name: string | undefined): string[] {
  return name === undefined ? [] : readdirSync(FOLDER).filter((file) => file.includes(name));
}

/** A process that is killed while it makes a queue leaves it under another name, for `mproc clean` to remove. */
export function removeUnfinished(name: string | undefined): void {
  for (const file of filesOf(name))
    if (/~new\d+-\d+-\d+$/.test(file)) rmSync(`${FOLDER}/${file}`, { force: true });
}
