import { appendFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { defineWorker } from 'mproc-worker';

export interface Row {
  readonly file: string;
  readonly row: number;
}

/** Imports a row, which takes its time. */
export const importRow = defineWorker(
  import.meta.url,
  async ({ file, row }: Row) => {
    await setTimeout(5);
    await appendFile(file, `${row}\n`);
    return row;
  },
  { name: 'importRow' }, // what hosts call it
);
