// A parent whose children spin until it is killed. Arguments: how many, a folder in which each child leaves its pid.
import { ProcessPool } from 'mproc-worker';
import { SpinAndTell } from './deaths.worker.mjs';

const [processes, folder] = process.argv.slice(2);
const worker = new SpinAndTell();
worker.folder = folder;
await new ProcessPool({ processes: Number(processes) }).map(worker, Array(Number(processes)).fill(0));
