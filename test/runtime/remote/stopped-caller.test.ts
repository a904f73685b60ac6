import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from './engines.js';
import { HostsOver } from './hosts-over.js';

/** So short that the caller stands still for several of them. */
const LEASE_MS = 500;
/** Those where hosts see whether anybody reads the answers. */
const SHOW_READERS = ['shared-memory', 'sqlite', 'redis', 'postgres'];

describe.each(ENGINES.filter((name) => SHOW_READERS.includes(name)))('over %s', (name) => {
  const { begin, host, program, queue, open, began } = new HostsOver(name, 'stopped-caller', {
    inTurn: true,
    leaseMs: LEASE_MS,
  });

  test('a caller that stood still until hosts took it for gone has all its answers', async (context) => {
    await begin(context, SHOW_READERS);
    const jobs = queue();
    await host();
    const calling = await program({ leaseMs: LEASE_MS }, 'stopped-caller');
    await until(() => began().length === 1);
    calling.program.kill('SIGSTOP');
    await sleep(6 * LEASE_MS);
    open();
    // The host drops them, as nobody reads the answers.
    const areDropped = async () => Object.values(await jobs.counts()).every((count) => count === 0);
    await until(areDropped);
    expect(began().length).toBeLessThan(8);
    calling.program.kill('SIGCONT');
    await until(() => calling.said().includes('bodies'));
    const { bodies } = JSON.parse(calling.said().split('\n')[1]!);
    expect(bodies).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
