import { execFileSync } from 'node:child_process';

/** What `ps` says of a process. */
export interface PsAnswer {
  /** Its first letter is the state: Z for a zombie, T for one that is stopped. */
  readonly state: string;
  /** In milliseconds since 1970, to the second. */
  readonly startTime: number;
}

/** Asks `ps`, where there is no /proc. `undefined` when there is no answer, or none that can be read. */
export function psAnswer(pid: number): PsAnswer | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
      // The time is written in the language and the zone of who asks, and every process must read the same.
      env: { ...process.env, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' },
    });
    const [, state = '', started = ''] = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(text) ?? [];
    const startTime = Date.parse(`${started} UTC`);
    return Number.isFinite(startTime) ? { state, startTime } : undefined;
  } catch {
    return undefined;
  }
}
