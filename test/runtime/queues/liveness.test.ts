import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SharedMemoryQueue } from 'mproc-worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_PARTICIPANTS, PARTICIPANT } from '../../../runtime/src/queues/shared-memory/layout.js';
import {
  participantLiveness,
  participantPid,
  removeDeadParticipants,
} from '../../../runtime/src/queues/shared-memory/participants.js';
import { ownIdentity } from '../../../runtime/src/queues/shared-memory/process-identity.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { compiled } from '../../native/compile.js';
import { until } from '../pool/prove-pool.js';

const TAKER = fileURLToPath(new URL('./short-of-descriptors.program.mjs', import.meta.url));
const HOLDER = fileURLToPath(new URL('../time/stopped-holder.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-liveness-'));
const library = compiled('fail-call.c');

let name: string;
let queue: SharedMemoryQueue<string>;
let holder: ChildProcess | undefined;
let count = 0;

beforeAll(() => {
  if (library.problem) console.log(`skipped: ${library.problem}`);
});

beforeEach(async () => {
  count += 1;
  name = `liveness-${process.pid}-${count}`;
  queue = new SharedMemoryQueue(name);
  await queue.put('held');
});

afterEach(async () => {
  if (holder?.exitCode === null && holder.signalCode === null) {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  await queue.destroy();
});

afterAll(() => {
  library.remove?.();
  rmSync(folder, { recursive: true });
});

/** Starts a process that stops with what it has taken. */
async function hold(failpoint = ''): Promise<void> {
  const env = { ...process.env, MPROC_FAILPOINT: failpoint };
  holder = spawn(process.execPath, [HOLDER, name, '60000'], { stdio: 'inherit', env });
  await until(() => readFileSync(`/proc/${holder!.pid}/stat`, 'latin1').includes(') T '));
}

/** What another process gets of the queue while its calls fail. */
function taken(call: string, errno: keyof typeof constants.errno, path = '/proc'): unknown {
  const file = join(folder, `${count}-${Math.random()}`);
  const env = {
    ...process.env,
    LD_PRELOAD: library.file,
    MPROC_FAIL: `${call}:${constants.errno[errno]}:1:0`,
    MPROC_FAIL_PATH: path,
    MPROC_FAIL_AFTER: file,
  };
  const options = { env, encoding: 'utf8', timeout: 240_000, killSignal: 'SIGKILL' } as const;
  return JSON.parse(execFileSync(process.execPath, [TAKER, name, file], options));
}

const NOT_SAID = ['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM', 'EIO', 'EAGAIN'] as const;

describe.skipIf(library.problem)('while the system does not say who lives', () => {
  test.each(NOT_SAID)('a lease of a living process stays its own (%s)', async (errno) => {
    await hold();
    expect(taken('open', errno)).toEqual({ taken: [] });
  });

  test.each(NOT_SAID)('the lock of a living process stays its own (%s)', async (errno) => {
    await hold('queue.lock-held:stop:1');
    expect(taken('open', errno)).toEqual({ taken: [], error: 'ERR_LOCK_TIMEOUT' });
  });

  test('what is read of /proc and cannot be read to its end is no answer', async () => {
    await hold();
    expect(taken('read', 'EINTR')).toEqual({ taken: [] });
  });

  test('a signal that is not allowed, or fails, kills nobody', async () => {
    await hold();
    expect(taken('kill', 'EPERM')).toEqual({ taken: [] });
  });

  test.each(NOT_SAID)('what a dead process had is given out all the same (%s)', async (errno) => {
    await hold();
    holder!.kill('SIGKILL');
    await once(holder!, 'exit');
    expect(taken('open', errno)).toEqual({ taken: ['held'] });
  });

  test('the lock of a dead process is taken over all the same', async () => {
    await hold('queue.lock-held:stop:1');
    holder!.kill('SIGKILL');
    await once(holder!, 'exit');
    expect(taken('open', 'EMFILE')).toEqual({ taken: ['held'] });
  });

  test('a large value that cannot be read now is given back as it was', async () => {
    await queue.pop();
    const large = 'x'.repeat(3 * 2 ** 20);
    await queue.put(large);
    expect(taken('open', 'EMFILE', '~x')).toEqual({ taken: [], error: 'ERR_SYSTEM' });
    expect(await queue.counts()).toEqual({ ready: 1, delayed: 0, leased: 0, dead: 0 });
    const [lease] = await queue.reserve(1);
    expect(lease).toMatchObject({ value: large, attempt: 1 });
    await queue.ack([lease!]);
  });
});

describe('an entry of a process that died as it registered', () => {
  /** Writes a claim of this process, as if it had begun at some time. */
  function livenessOfClaim(beganLater: number): string {
    const segment = openQueueFile(name, 0, false);
    try {
      const { pid, processStartTime } = ownIdentity();
      const index = MAX_PARTICIPANTS - 1;
      const at = segment.at.word.participants + index * PARTICIPANT.lengthWords + PARTICIPANT.word.pid;
      segment.words[at] = -(pid + ((processStartTime + beganLater) % 511) * 2 ** 22);
      const liveness = participantLiveness(segment, index);
      expect(participantPid(segment, index)).toBe(pid);
      if (liveness === 'dead') expect(removeDeadParticipants(segment)).toContain(pid);
      segment.words[at] = 0;
      return liveness;
    } finally {
      segment.detach();
    }
  }

  test('is its own while the process lives', () => expect(livenessOfClaim(0)).not.toBe('dead'));

  test('is not kept by another process that has its number', () => expect(livenessOfClaim(7)).toBe('dead'));
});

describe('where there is no /proc', () => {
  const { platform } = process;
  const { PATH } = process.env;

  afterEach(() => {
    Object.defineProperty(process, 'platform', { value: platform });
    process.env.PATH = PATH;
    delete process.env.LC_ALL;
  });

  /** The module as it is there, where `ps` answers with the output of a script. */
  async function identityWith(
    script: string,
  ): Promise<typeof import('../../../runtime/src/queues/shared-memory/process-identity.js')> {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'ps'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = `${bin}:${PATH}`;
    process.env.LC_ALL = 'de_DE.UTF-8';
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    vi.resetModules();
    return import('../../../runtime/src/queues/shared-memory/process-identity.js');
  }

  const STARTED = 'Sun Nov 29 10:00:00 2026';
  const AT = Date.UTC(2026, 10, 29, 10);
  const localised = `case "$LC_ALL/$TZ" in C/UTC) echo "STATE ${STARTED}";; *) echo "STATE So. 29 Nov. 11:00:00 2026";; esac`;
  const here = { pid: process.pid, threadId: process.pid, startTime: AT };

  test.each([
    ['S', 'running'],
    ['Ss+', 'running'],
    ['T', 'stopped'],
    ['Z', 'dead'],
  ])('`ps` is asked in one language and one zone (state %s)', async (state, liveness) => {
    const { livenessOf, ownIdentity } = await identityWith(localised.replaceAll('STATE', state));
    expect(livenessOf(here)).toBe(liveness);
    expect(livenessOf({ ...here, startTime: AT - 1_000 })).toBe('dead');
    expect(ownIdentity().startTime).toBe(AT);
  });

  test.each([
    ['something else', 'echo S nonsense'],
    ['nothing', 'exit 1'],
    ['that it has no memory', 'echo "ps: Cannot allocate memory" >&2; exit 71'],
  ])('a living process is not dead because `ps` says %s', async (_, script) => {
    const { livenessOf, ownIdentity } = await identityWith(script);
    expect(livenessOf(here)).toBe('unknown');
    expect(() => ownIdentity()).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM' }));
  });

  test('a process that the system does not know is dead', async () => {
    const { livenessOf } = await identityWith('exit 1');
    // Larger than any process number.
    expect(livenessOf({ ...here, pid: 2 ** 22 + 1 })).toBe('dead');
  });
});
