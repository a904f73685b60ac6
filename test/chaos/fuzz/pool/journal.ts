// Where processes write down which job they begin and end; read by the parent when all is over.
import { openSync, readFileSync, readSync, writeSync } from 'node:fs';

const OWNER_BYTES = 4;
const running = new Set<number>();
let files: { readonly entries: number; readonly owners: number } | undefined;

/** @param path of the journal; the file of owners, which must be there, has the same name and `.owners` */
function open(path: string): NonNullable<typeof files> {
  files ??= { entries: openSync(path, 'a'), owners: openSync(`${path}.owners`, 'r+') };
  return files;
}

function lives(pid: number): boolean {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function write(fd: number, mark: string, id: number, attempt: number): void {
  writeSync(fd, `${mark} ${id} ${attempt} ${process.pid} ${process.hrtime.bigint() / 1_000n}\n`);
}

/** Notes a beginning, and whether the same job runs elsewhere at this moment. */
export function begin(path: string, id: number, attempt: number): void {
  const { entries, owners } = open(path);
  const owner = Buffer.alloc(OWNER_BYTES);
  readSync(owners, owner, 0, OWNER_BYTES, id * OWNER_BYTES);
  const pid = owner.readInt32LE(0);
  const isTwice = pid === process.pid ? running.has(id) : pid !== 0 && lives(pid);
  owner.writeInt32LE(process.pid);
  writeSync(owners, owner, 0, OWNER_BYTES, id * OWNER_BYTES);
  running.add(id);
  write(entries, isTwice ? 'T' : 'B', id, attempt);
}

export function end(path: string, id: number, attempt: number): void {
  const { entries, owners } = open(path);
  running.delete(id);
  write(entries, 'E', id, attempt);
  writeSync(owners, Buffer.alloc(OWNER_BYTES), 0, OWNER_BYTES, id * OWNER_BYTES);
}
