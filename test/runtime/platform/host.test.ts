import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { programOf } from '../../../scripts/nodes/runtimes.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-host-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** By its file, as others find packages in their own ways. */
const LIBRARY = JSON.stringify(join(CHECKOUT, 'runtime/dist/index.js'));
const PROGRAM = join(folder, 'main.mjs');
writeFileSync(
  PROGRAM,
  `import { ProcessPool, SharedArray, SharedMemoryQueue } from ${LIBRARY};
const make = [() => new ProcessPool(1), () => new SharedMemoryQueue(), () => new SharedMemoryQueue('host-test'), () => SharedArray.allocate('Float64Array', 8)];
for (const one of make)
  try {
    one();
    console.log('made');
  } catch (error) {
    console.log(error.code, error.message);
  }
`,
);
writeFileSync(join(folder, 'windows.mjs'), "Object.defineProperty(process, 'platform', { value: 'win32' });");
writeFileSync(join(folder, 'aix.mjs'), "Object.defineProperty(process, 'platform', { value: 'aix' });");

function lines(program: string, args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd: folder });
  return `${stdout}${stderr}`.trimEnd().split('\n');
}

const OTHERS = [
  { name: 'bun', args: ['run'], tells: 'this is Bun ' },
  { name: 'deno', args: ['run', '-A', '--no-config'], tells: 'this is Deno ' },
];

for (const { name, args, tells } of OTHERS) {
  const isThere = existsSync(programOf(name));
  const why = isThere ? 'run' : `${name} is not here; : npm run test:nodes -- --short installs it`;
  if (!isThere) console.log(`not run: ${why}`);
  test.skipIf(!isThere)(`under ${name}, nothing is made and the error says what to use (${why})`, () => {
    const said = lines(programOf(name), [...args, PROGRAM]);
    expect(said).toHaveLength(4);
    for (const line of said) {
      expect(line).toContain(`ERR_PLATFORM mproc-worker runs on Node.js; ${tells}`);
      expect(line).toContain('Start the program with `node`');
    }
  });
}

describe('where Node.js says that it runs on', () => {
  test('Windows, the error names WSL', () => {
    const said = lines(process.execPath, ['--import', './windows.mjs', PROGRAM]);
    expect(said).toHaveLength(4);
    for (const line of said)
      expect(line).toMatch(/^ERR_PLATFORM mproc-worker runs on Linux and macOS; this is win32\. .*WSL/);
  });

  test('another system, the error names it', () => {
    const said = lines(process.execPath, ['--import', './aix.mjs', PROGRAM]);
    expect(said).toEqual(Array(4).fill('ERR_PLATFORM mproc-worker runs on Linux and macOS; this is aix'));
  });

  test('Windows, the commands say so, too', () => {
    const clean = lines(process.execPath, [
      '--import',
      './windows.mjs',
      join(CHECKOUT, 'runtime/dist/cli.js'),
      'clean',
    ]);
    expect(clean.join('\n')).toContain('WSL');
    const create = lines(process.execPath, [
      '--import',
      './windows.mjs',
      join(CHECKOUT, 'bin/create-mproc-worker.js'),
      'demo',
      '--yes',
    ]);
    expect(create).toEqual([expect.stringContaining('Run it in WSL')]);
    expect(existsSync(join(folder, 'demo'))).toBe(false);
  });
});
