// Thumbnails of a folder of images, on all cores: a job gets paths, not pixels. A broken file fails alone.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { thumbnail, type Wanted } from './thumbnail.ts';

const folder = await mkdtemp(join(tmpdir(), 'thumbnails-'));
for (const [name, width, height] of [
  ['beach', 640, 480],
  ['tower', 300, 600],
] as const)
  await writeFile(
    join(folder, `${name}.ppm`),
    Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), Buffer.alloc(width * height * 3, 128)]),
  );
await writeFile(join(folder, 'notes.ppm'), 'bring the camera');

const names = (await readdir(folder)).sort();
const wanted = names.map(
  (name): Wanted => ({ from: join(folder, name), to: join(folder, `small-${name}`), width: 100 }),
);

await using pool = new ProcessPool({ timeoutMs: 30_000 });
for (const { ok, body, error, index } of await pool.map(thumbnail, wanted))
  console.log(names[index], ok ? `${body.width} × ${body.height}` : error.message);
await rm(folder, { recursive: true });
