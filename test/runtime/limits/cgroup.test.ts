import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { groupLimits } from '../../../runtime/src/limits/cgroup.js';

const MIB = 2 ** 20;
const V2 = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1_CPU = '30 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:5 - cgroup cgroup rw,cpu,cpuacct';
const V1_MEMORY = '31 23 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:6 - cgroup cgroup rw,memory';
/** What version 1 says where there is no limit. */
const NO_BYTES = '9223372036854771712';

const made: string[] = [];
afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true });
});

/** A root with these files, each of one line. */
function rootWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'mproc-cgroup-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

const OWN = 'proc/self/cgroup';
const MOUNTS = 'proc/self/mountinfo';

describe('limits of control groups', () => {
  test.each<[string, Record<string, string>, number | undefined, number | undefined]>([
    ['no groups', {}, undefined, undefined],
    [
      'version 2 without limits',
      {
        [OWN]: '0::/app',
        [MOUNTS]: V2,
        'sys/fs/cgroup/app/cpu.max': 'max 100000',
        'sys/fs/cgroup/app/memory.max': 'max',
      },
      undefined,
      undefined,
    ],
    [
      'version 2',
      {
        [OWN]: '0::/app',
        [MOUNTS]: V2,
        'sys/fs/cgroup/app/cpu.max': '150000 100000',
        'sys/fs/cgroup/app/memory.max': `${512 * MIB}`,
      },
      1.5,
      512 * MIB,
    ],
    [
      'version 2, where the group around it is tighter',
      {
        [OWN]: '0::/pod/app',
        [MOUNTS]: V2,
        'sys/fs/cgroup/pod/cpu.max': '50000 100000',
        'sys/fs/cgroup/pod/memory.max': `${256 * MIB}`,
        'sys/fs/cgroup/pod/app/cpu.max': '400000 100000',
        'sys/fs/cgroup/pod/app/memory.max': 'max',
      },
      0.5,
      256 * MIB,
    ],
    [
      'version 2 in a namespace, where the root is the own group',
      { [OWN]: '0::/', [MOUNTS]: V2, 'sys/fs/cgroup/cpu.max': '200000 100000' },
      2,
      undefined,
    ],
    [
      'version 2, mounted from the own group on',
      {
        [OWN]: '0::/docker/0123/app',
        [MOUNTS]: '29 23 0:26 /docker/0123 /sys/fs/cgroup ro - cgroup2 cgroup ro',
        'sys/fs/cgroup/app/cpu.max': '300000 100000',
        'sys/fs/cgroup/memory.max': `${64 * MIB}`,
      },
      3,
      64 * MIB,
    ],
    [
      'version 2, with a group that the mount does not show',
      { [OWN]: '0::/../other', [MOUNTS]: V2, 'sys/fs/cgroup/cpu.max': '100000 100000' },
      1,
      undefined,
    ],
    [
      'version 1',
      {
        [OWN]: '5:memory:/app\n4:cpu,cpuacct:/app',
        [MOUNTS]: `${V1_CPU}\n${V1_MEMORY}`,
        'sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us': '250000',
        'sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us': '100000',
        'sys/fs/cgroup/memory/app/memory.limit_in_bytes': `${128 * MIB}`,
      },
      2.5,
      128 * MIB,
    ],
    [
      'version 1 without limits',
      {
        [OWN]: '4:cpu,cpuacct:/',
        [MOUNTS]: V1_CPU,
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
      },
      undefined,
      undefined,
    ],
    [
      'both versions, each with one',
      {
        [OWN]: '5:memory:/a\n0::/b',
        [MOUNTS]: `${V1_MEMORY}\n29 23 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`,
        'sys/fs/cgroup/memory/memory.limit_in_bytes': NO_BYTES,
        'sys/fs/cgroup/memory/a/memory.limit_in_bytes': `${32 * MIB}`,
        'sys/fs/cgroup/unified/b/cpu.max': '100000 100000',
      },
      1,
      32 * MIB,
    ],
    [
      'a mount point with a space',
      {
        [OWN]: '0::/a b',
        [MOUNTS]: '29 23 0:26 / /sys/fs/c\\040group rw - cgroup2 cgroup2 rw',
        'sys/fs/c group/a b/cpu.max': '700000 100000',
      },
      7,
      undefined,
    ],
    [
      'files that make no sense',
      {
        [OWN]: 'x\n0::/a',
        [MOUNTS]: `\n${V2}\nrubbish`,
        'sys/fs/cgroup/a/cpu.max': 'much',
        'sys/fs/cgroup/a/memory.max': '-5',
      },
      undefined,
      undefined,
    ],
  ])('are read from %s', (_, files, processors, memoryBytes) => {
    expect(groupLimits(rootWith(files))).toEqual({ processors, memoryBytes });
  });
});
