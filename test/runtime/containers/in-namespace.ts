import { spawnSync } from 'node:child_process';

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly signal: NodeJS.Signals | null;
}

/** Shell commands that give this process another /dev/shm. @param options of the file system, as `size=64m,ro` */
export function sharedMemory(options: string): string {
  return `mount -t tmpfs -o ${options} tmpfs /dev/shm`;
}

/** A /dev with what Node.js needs of it, and no `shm`. */
export const NO_SHARED_MEMORY = [
  'dev=$(mktemp -d)',
  'mount -t tmpfs tmpfs $dev',
  'for name in null zero random urandom; do touch $dev/$name; mount --bind /dev/$name $dev/$name; done',
  'mount --rbind $dev /dev',
].join(' && ');

/**
 * Runs a program in a mount namespace of its own, where the shell commands have been run before.
 * @param wrapper put before the program
 * @returns `undefined` where that cannot be done, as without root; why is said on the console then
 */
export function inNamespace(
  commands: string,
  program: readonly string[],
  { wrapper = '', env = {} }: { wrapper?: string; env?: NodeJS.ProcessEnv } = {},
): Ended | undefined {
  const run = (...command: string[]) =>
    spawnSync('unshare', ['-m', 'sh', '-c', `${commands} && exec ${wrapper} "$@"`, 'sh', ...command], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  const probe = run('true');
  if (probe.status !== 0) {
    console.warn(`skipped: ${probe.error?.message ?? probe.stderr.trim()}; run it as root`);
    return undefined;
  }
  const { stdout, stderr, signal } = run(process.execPath, ...program);
  return { stdout, stderr, signal };
}
