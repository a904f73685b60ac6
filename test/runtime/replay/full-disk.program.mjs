// Keeps failed jobs where nothing can be written, and prints what becomes of them.
import { ProcessPool } from 'mproc-worker';
import { Fails } from './fails.worker.mjs';

const [folder] = process.argv.slice(2);
const told = [];
const logger = { debug() {}, info() {}, warn() {}, error: (line) => told.push(line) };
const pool = new ProcessPool({ processes: 1, keepFailed: { folder }, logger });
const responses = await pool.map(new Fails(), [{ name: 1 }, { how: 'well' }, { name: 2 }]);
await pool.close();
const shown = responses.map(({ ok, replayFile, error }) => ({ ok, replayFile, message: error?.message }));
console.log(JSON.stringify({ responses: shown, told }));
