import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a container, or another group of processes, allows this process; `undefined` where there is no limit. */
export interface GroupLimits {
  /** Of processor time, in processors: 1.5 where three of every two milliseconds may be used. */
  readonly processors: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** Where the limits of this process are: its own group first, then those around it, as far as they can be seen. */
interface GroupFolders {
  readonly v2: readonly string[];
  /** In version 1 each has a tree of its own. */
  readonly cpu: readonly string[];
  readonly memory: readonly string[];
}

interface Membership {
  readonly controllers: readonly string[];
  readonly path: string;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/**
 * Reads the limits of Linux's control groups, version 1 and 2, also where groups are nested: the tightest counts.
 * @param root where `/proc` and the mounts are looked for
 */
export function groupLimits(root = '/', folders = groupFolders(root)): GroupLimits {
  return {
    processors: tightest([...folders.v2.map(quotaV2), ...folders.cpu.map(quotaV1)]),
    memoryBytes: tightest([
      ...folders.v2.map((folder) => bytesIn(folder, 'memory.max')),
      ...folders.memory.map((folder) => bytesIn(folder, 'memory.limit_in_bytes')),
    ]),
  };
}

/** They stay where they are as long as this process lives. */
export function groupFolders(root = '/'): GroupFolders {
  const memberships = linesOf(join(root, 'proc/self/cgroup')).map(parseMembership);
  const mounts = linesOf(join(root, 'proc/self/mountinfo')).map(parseMount);
  const foldersOf = (controller: string | undefined) => {
    const own = memberships.find(({ controllers }) =>
      controller === undefined ? controllers.length === 0 : controllers.includes(controller),
    );
    const mount = mounts.find(({ type, options }) =>
      controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
    );
    if (own === undefined || mount === undefined) return [];
    return upwards(pathBelow(mount.root, own.path)).map((path) => join(root, mount.point, path));
  };
  return { v2: foldersOf(undefined), cpu: foldersOf('cpu'), memory: foldersOf('memory') };
}

/** `12:cpu,cpuacct:/group`, and `0::/group` in version 2. */
function parseMembership(line: string): Membership {
  const [, controllers = '', ...path] = line.split(':');
  return { controllers: controllers.split(',').filter((name) => name !== ''), path: path.join(':') };
}

/** `36 35 98:0 /root /mount/point rw,noatime shared:1 - cgroup source rw,cpu` */
function parseMount(line: string): Mount {
  const [place = '', system = ''] = line.split(' - ');
  const [, , , root = '', point = ''] = place.split(' ');
  const [type = '', , options = ''] = system.split(' ');
  return { root: plain(root), point: plain(point), type, options: options.split(',') };
}

/** Spaces and the like stand there as numbers. */
function plain(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** A container sees its own group as the root of the mount, or a group of the host that is not below it. */
function pathBelow(root: string, path: string): string {
  if (root === '/') return path.split('/').includes('..') ? '/' : path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}

/** `/a/b`, `/a` and `/`. */
function upwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [...parts.keys(), parts.length].map((count) => `/${parts.slice(0, count).join('/')}`).reverse();
}

function quotaV2(folder: string): number | undefined {
  const [quota, period] = wordsOf(join(folder, 'cpu.max'));
  return quotient(quota, period);
}

function quotaV1(folder: string): number | undefined {
  const [quota] = wordsOf(join(folder, 'cpu.cfs_quota_us'));
  const [period] = wordsOf(join(folder, 'cpu.cfs_period_us'));
  return quotient(quota, period);
}

/** `max` and -1 mean that there is no limit. */
function quotient(quota: string | undefined, period: string | undefined): number | undefined {
  const processors = Number(quota) / Number(period);
  return processors > 0 && Number.isFinite(processors) ? processors : undefined;
}

function bytesIn(folder: string, file: string): number | undefined {
  const [word] = wordsOf(join(folder, file));
  const bytes = Number(word);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
}

function tightest(limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function wordsOf(file: string): string[] {
  return linesOf(file)[0]?.split(' ') ?? [];
}

/** None where it cannot be read: then nothing is known of a limit. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
