import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Longer than a module may load that is given the processor. */
const WAITED_MS = 7_500;

/** How long this thread has waited for a processor. */
const waitedMs = () => Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6;

// Something else has that processor, and goes before.
execFileSync('taskset', ['-cp', process.env.STARVED_CPU, String(process.pid)], { stdio: 'ignore' });
setPriority(19);
const before = waitedMs();
while (waitedMs() - before < WAITED_MS);
process.kill(Number(process.env.STARVED_BY), 'SIGKILL');

export const same = (value) => value;
