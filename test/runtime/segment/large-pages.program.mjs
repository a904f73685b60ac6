// Run by large-pages.test.ts where pages of memory are larger than usual. Prints which values came back as they went.
import { ProcessPool, SharedArray, SharedMemoryQueue } from 'mproc-worker';
import { Echo } from '../../chaos/jobs.worker.mjs';

const MIB = 2 ** 20;

/** Bytes that tell where they should be. */
function bytesFrom(seed, length) {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) + seed) & 0xff;
  return bytes;
}

const text = 'ä line of text, '.repeat(MIB / 2);
const values = {
  'bytes and a long text': { bytes: bytesFrom(1, 3 * MIB + 5_077), text },
  'many runs, none of them whole pages': Array.from({ length: 9 }, (_, at) =>
    bytesFrom(at, MIB + 5_001 + at * 4_096),
  ),
  'a text alone': { text: `${text}.` },
  'bytes that may be shown': { small: bytesFrom(2, 70_001), bytes: bytesFrom(3, 40 * MIB), text },
  'bytes that may be shown, as whole pages': [bytesFrom(4, 48 * MIB - 32), bytesFrom(5, 48 * MIB - 32), text],
};

function isSame(a, b) {
  if (typeof a === 'string') return a === b;
  if (ArrayBuffer.isView(a)) return Buffer.compare(a, b) === 0;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]));
}

const outcomes = {};
const pool = new ProcessPool({ processes: 1 });
// Twice, as the memory of the first is filled again.
for (const [name, value] of Object.entries(values))
  for (const time of ['first', 'again']) {
    const { ok, body, error } = await pool.run(new Echo(), value);
    outcomes[`${name}, ${time}`] = ok ? isSame(value, body) : String(error);
  }

const shared = SharedArray.from('Uint8Array', bytesFrom(6, 100_001));
const response = await pool.run(new Echo(), shared);
outcomes['an array in shared memory'] = response.ok ? response.body === shared : String(response.error);
shared.close();
for (const lengthBytes of [200_001, 3 * MIB]) {
  const lent = pool.allocate('Uint8Array', lengthBytes);
  lent.set(bytesFrom(7, lengthBytes));
  const { ok, body, error } = await pool.run(new Echo(), [lent, lent.subarray(4_097)]);
  outcomes[`a loaned array of ${lengthBytes} bytes`] = ok
    ? isSame([lent, lent.subarray(4_097)], body)
    : String(error);
  pool.release(lent);
}
await pool.close();

const queue = new SharedMemoryQueue(`large-pages-${process.pid}`, { memoryBytes: 70_000 });
await queue.put([values['bytes and a long text'], 'small']);
outcomes['a large value in a queue'] = isSame(values['bytes and a long text'], await queue.pop());
outcomes['a small value in a queue'] = (await queue.pop()) === 'small';
await queue.destroy();

// V8 of Node.js 26 gives memory back as it ends, in pages that it takes for small ones whatever the system says.
process.stdout.write(JSON.stringify(outcomes), () => process.exit());
