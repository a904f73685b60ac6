// A new project from the packed generator, with nothing in npm's cache, against create-vite in the same way.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { mustBe, result } from './measure/result.js';
import { alternate, medianOf, rowsOf } from './measure/rounds.js';
import { roundsOf } from './measure/size.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OURS = 'create-mproc-worker';
const VITE = 'create-vite';

export async function run(options: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-bench-'));
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'ignore' });
    const own = packed(folder);
    const vite = packedAgain(join(ROOT, 'node_modules', VITE), folder);
    const values = await alternate(
      [
        { name: OURS, measure: () => createMs(folder, own, OURS, ['x', '--yes', '--no-install']) },
        {
          name: VITE,
          measure: () => createMs(folder, vite, VITE, ['x', '--template', 'vanilla-ts', '--no-interactive']),
        },
      ],
      roundsOf(options, 5),
    );
    const ratio = medianOf(values, OURS) / medianOf(values, VITE);
    return result('create', {
      goals: [{ against: VITE, ratio, goal: 1.5, sense: 'at most' }],
      rows: rowsOf(values, 'ms'),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What would be published of this checkout; returns its file. */
function packed(folder: string): string {
  execFileSync('npm', ['pack', ROOT, '--ignore-scripts', '--pack-destination', folder], {
    cwd: folder,
    stdio: 'ignore',
  });
  return join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!);
}

/** What was published of an installed package; `npm pack` would leave out files that it takes for others'. */
function packedAgain(installed: string, folder: string): string {
  const file = join(folder, `${basename(installed)}.tgz`);
  const copy = mkdtempSync(join(folder, 'copy-'));
  cpSync(installed, join(copy, 'package'), { recursive: true, dereference: true });
  execFileSync('tar', ['-czf', file, '-C', copy, 'package']);
  return file;
}

function createMs(folder: string, tarball: string, command: string, args: readonly string[]): number {
  const place = mkdtempSync(join(folder, 'cold-'));
  const began = performance.now();
  execFileSync('npm', ['exec', '--yes', `--package=${tarball}`, '--', command, ...args], {
    cwd: place,
    stdio: 'ignore',
    env: {
      ...process.env,
      npm_config_cache: join(place, 'cache'),
      npm_config_update_notifier: 'false',
      CI: '1',
    },
  });
  const milliseconds = performance.now() - began;
  mustBe(`${command}: made a project`, existsSync(join(place, 'x', 'package.json')), true);
  rmSync(place, { recursive: true, force: true });
  return milliseconds;
}
