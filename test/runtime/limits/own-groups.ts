import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A group that was made for a test, with another inside it that a program is put into. */
export interface OwnGroup {
  run(program: string): string;
  remove(): void;
}

/** Files of a folder of control groups and what is written there. */
type Settings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Where each controller of version 1 usually is. */
const FOLDER = '/sys/fs/cgroup';

/**
 * Makes nested groups, the outer one with these settings.
 * @returns why that cannot be done here
 */
export function ownGroup(settings: Settings): OwnGroup | string {
  const name = `mproc-test-${process.pid}`;
  const outer = Object.keys(settings).map((controller) => join(FOLDER, controller, name));
  const remove = () => {
    for (const folder of outer) for (const one of [join(folder, 'inner'), folder]) removeFolder(one);
  };
  try {
    for (const [controller, files] of Object.entries(settings)) {
      mkdirSync(join(FOLDER, controller, name, 'inner'), { recursive: true });
      for (const [file, text] of Object.entries(files))
        writeFileSync(join(FOLDER, controller, name, file), text);
    }
  } catch (error) {
    remove();
    return String(error);
  }
  const joins = outer.map((folder) => `echo $$ > ${folder}/inner/cgroup.procs`).join(' && ');
  return {
    run: (program) =>
      execFileSync('sh', ['-c', `${joins} && exec "$@"`, 'sh', process.execPath, program], {
        encoding: 'utf8',
      }),
    remove,
  };
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was not made.
  }
}
