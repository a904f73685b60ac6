import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compiled } from '../../native/compile.js';
import { inNamespace, NO_SHARED_MEMORY, sharedMemory } from './in-namespace.js';

const PROGRAM = fileURLToPath(new URL('./container.program.mjs', import.meta.url));

type Told = Record<string, unknown>;
interface Refusal {
  readonly code: string;
  readonly message: RegExp;
}

/** What the program tells; `undefined` where it cannot be run. */
function run(
  commands: string,
  words: readonly string[] = [],
  more?: Parameters<typeof inNamespace>[2],
): Told | undefined {
  const ended = inNamespace(commands, [PROGRAM, ...words], more);
  if (ended === undefined) return undefined;
  expect(ended).toMatchObject({ signal: null, stderr: '' });
  return JSON.parse(ended.stdout);
}

function refused({ code, message }: Refusal) {
  return { code, message: expect.stringMatching(message) };
}

const WORKS = {
  arguments: 'done',
  results: 'done',
  state: 'done',
  array: 'done',
  processes: 2,
  pool: 'done',
  'private queue': 'small',
};
const NEVER_FITS = refused({ code: 'ERR_VALUE', message: /^value has .* can never store it.*--shm-size/ });

describe('in a container', () => {
  // As much as Docker gives, and as many large values as it has room for seven times over.
  test('large values wait for room in a /dev/shm of 64 MiB', () => {
    const told = run(sharedMemory('size=64m'), ['20', '20']);
    if (told === undefined) return;
    expect(told).toEqual({
      ...WORKS,
      'named queue': 'done',
      'value of a queue': NEVER_FITS,
      usedBytes: 0,
    });
  });

  test.each<[string, string, string, Refusal | undefined]>([
    ['is missing', NO_SHARED_MEMORY, '', { code: 'ERR_PLATFORM', message: /ENOENT, there is no folder/ }],
    ['is read-only', sharedMemory('ro'), '', { code: 'ERR_PLATFORM', message: /EROFS, .* is read-only/ }],
    [
      'is another user’s',
      sharedMemory('mode=0700'),
      'setpriv --reuid 65534 --regid 65534 --clear-groups',
      { code: 'ERR_PLATFORM', message: /EACCES, .* it belongs to user 0 and has mode 700/ },
    ],
    [
      'is full',
      `${sharedMemory('size=2m')} && head -c 2097152 /dev/zero > /dev/shm/full`,
      '',
      { code: 'ERR_MEMORY_FULL', message: /ENOSPC, .* has 2 MiB, of which 0 are free/ },
    ],
    ['is a folder on a disk', 'mount --bind $(mktemp -d) /dev/shm', '', undefined],
  ])(
    'pools and arrays have other memory where /dev/shm %s, and a named queue tells what is missing',
    (_, commands, wrapper, refusal) => {
      const told = run(commands, [], { wrapper });
      if (told === undefined) return;
      const { 'named queue': named, 'value of a queue': value, usedBytes: _used, ...others } = told;
      expect(others).toEqual(WORKS);
      expect(named).toEqual(refusal === undefined ? 'done' : refused(refusal));
      if (refusal !== undefined) {
        expect(value).toMatchObject({ message: expect.stringContaining('--shm-size') });
        expect(named).toMatchObject({ message: expect.stringContaining('--shm-size') });
      }
    },
    240_000,
  );
});

test('large values and arrays tell that they need /proc where it is not mounted, and small jobs run', () => {
  const told = run('mount -t tmpfs tmpfs /proc');
  if (told === undefined) return;
  const problem = {
    code: 'ERR_PLATFORM',
    message: expect.stringContaining('need the /proc of this process'),
  };
  expect(told).toMatchObject({ arguments: problem, results: problem, state: problem, array: problem });
  expect(told).toMatchObject({ pool: 'done', processes: 2 });
});

const native = compiled('no-memory-files.c');
afterAll(() => native.remove?.());

describe('where memory apart from /dev/shm is refused', () => {
  test.each<[string, string, Refusal]>([
    ['is missing', NO_SHARED_MEMORY, { code: 'ERR_PLATFORM', message: /ENOENT.*is refused: EPERM/ }],
    ['is read-only', sharedMemory('ro'), { code: 'ERR_PLATFORM', message: /EROFS.*is refused: EPERM/ }],
    ['can never hold it', sharedMemory('size=1m'), { code: 'ERR_PLATFORM', message: /ENOSPC, .* has 1 MiB/ }],
    [
      'is full',
      `${sharedMemory('size=10m')} && head -c 9000000 /dev/zero > /dev/shm/other`,
      { code: 'ERR_MEMORY_FULL', message: /ENOSPC, .* has 10 MiB, of which 1.4 are free/ },
    ],
  ])('a pool is refused if /dev/shm %s, and tells of --shm-size', (_, commands, refusal) => {
    if (native.problem) return console.warn(`skipped: ${native.problem}`);
    const told = run(commands, [], { env: { LD_PRELOAD: native.file } });
    if (told === undefined) return;
    expect(told.pool).toEqual(refused(refusal));
    expect(told.pool).toMatchObject({ message: expect.stringContaining('--shm-size') });
  });

  test('values that fit go through', () => {
    if (native.problem) return console.warn(`skipped: ${native.problem}`);
    const told = run(sharedMemory('size=36m'), ['3', '3'], { env: { LD_PRELOAD: native.file } });
    if (told === undefined) return;
    expect(told).toEqual({ ...WORKS, 'named queue': 'done', 'value of a queue': NEVER_FITS, usedBytes: 0 });
  });

  test.each([
    ['has no room for', '30', 'ERR_MEMORY_FULL'],
    ['can never have room for', '40', 'ERR_PLATFORM'],
  ])('a value that /dev/shm %s fails by itself', (_, mib, code) => {
    if (native.problem) return console.warn(`skipped: ${native.problem}`);
    const told = run(sharedMemory('size=36m'), ['2', mib], { env: { LD_PRELOAD: native.file } });
    if (told === undefined) return;
    const problem = refused({ code, message: /^\d+ bytes of shared memory .*36 MiB.*--shm-size/ });
    expect(told).toMatchObject({ pool: 'done', arguments: problem, results: problem, processes: 2 });
  });
});
