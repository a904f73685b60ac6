// An import that is killed in the middle and started again: the second run does only what is missing, and has every response.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SharedMemoryQueue } from 'mproc-worker';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
const file = join(folder, 'imported.txt');
const prefix = `import-${process.pid}`;
const start = () => fork(fileURLToPath(new URL('./import.ts', import.meta.url)), [file, prefix]);

const first = start();
first.on('message', (done) => {
  if (Number(done) > 100) first.kill('SIGKILL'); // as if the machine ran out of memory
});
const [, signal] = await once(first, 'exit');
console.log('first run ended by', signal);

await once(start(), 'exit');

const imported = readFileSync(file, 'utf8').trim().split('\n');
console.log('rows in the file:', new Set(imported).size);
console.log('only what was running in the first run ran twice:', imported.length - 300 <= 20);
await new SharedMemoryQueue(`${prefix}.jobs.importRow`).destroy();
await new SharedMemoryQueue(`${prefix}.control`, { isSmall: true }).destroy(); // what hosts tell each other
rmSync(folder, { recursive: true });
