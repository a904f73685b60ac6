// A large NDJSON file, read on all cores by ranges of bytes: no process reads all of it, and the parent reads none of it.
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { type Range, sales } from './sales.ts';

const RANGE_BYTES = 256 * 1024; // for files of gigabytes, 16 MiB

const folder = await mkdtemp(join(tmpdir(), 'ndjson-'));
const path = join(folder, 'sales.ndjson');
await writeSales(path, 50_000);

await using pool = new ProcessPool();
const totals = new Map<string, number>();
for await (const response of pool.imapUnordered(sales, rangesOf(path, (await stat(path)).size)))
  for (const [country, amount] of response.orThrow())
    totals.set(country, (totals.get(country) ?? 0) + amount);
for (const [country, amount] of [...totals].sort()) console.log(country, amount);
await rm(folder, { recursive: true });

function* rangesOf(path: string, size: number): Generator<Range> {
  for (let start = 0; start < size; start += RANGE_BYTES)
    yield { path, start, end: Math.min(size, start + RANGE_BYTES) };
}

async function writeSales(path: string, lines: number): Promise<void> {
  await using file = await open(path, 'w');
  const countries = ['Chile', 'Kenya', 'Norway'];
  const records = Array.from({ length: lines }, (_, n) => ({
    id: n,
    country: countries[n % 3],
    amount: n % 10,
  }));
  await file.writeFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
