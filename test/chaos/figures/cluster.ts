import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fact, type Host, startHost } from '../cluster/host-process.js';
import { makeNetwork } from '../cluster/network.js';
import { findPostgres, type Postgres, startPostgres } from '../cluster/postgres.js';
import { makeProject } from '../cluster/project.js';
import type { Measured } from '../figure.js';

export const goal =
  'every job one right response over three hosts, one killed, one cut off and brought back, the server restarted; at full size 20,000 jobs';
/** A job takes so long that all that happens to the hosts happens while they work. */
export const sizes = {
  smoke: { jobs: 500, pauseMs: 80 },
  reduced: { jobs: 4_000, pauseMs: 20 },
  full: { jobs: 20_000, pauseMs: 6 },
};

const CUT_OFF_MS = 5_000;
const GIVE_UP_MS = 10 * 60_000;

interface Size {
  readonly jobs: number;
  readonly pauseMs: number;
}

export async function run({ jobs, pauseMs }: Size): Promise<Measured> {
  const bin = findPostgres();
  if (bin === undefined) return { ok: true, skipped: 'PostgreSQL is not on this machine' };
  const project = makeProject();
  const network = makeNetwork(['caller', 'killed', 'cut']);
  let server: Postgres | undefined;
  const hosts: Host[] = [];
  const watchdog = setTimeout(() => {
    for (const host of hosts) host.kill('SIGKILL');
  }, GIVE_UP_MS);
  try {
    server = await startPostgres(bin, network.inside('hub'));
    const environment = {
      DATABASE_URL: `postgres://postgres@${network.address}:${server.port}/postgres`,
      JOBS: String(jobs),
      PAUSE_MS: String(pauseMs),
    };
    const start = (name: string, role: string): Host => {
      const host = startHost(network, name, project, { ...environment, ROLE: role });
      hosts.push(host);
      return host;
    };
    const killed = start('killed', 'worker');
    const cut = start('cut', 'worker');
    await Promise.all([killed, cut].map((host) => host.until((fact) => fact.serving === true)));
    const caller = start('caller', 'caller');
    const part = (share: number): Promise<Fact | undefined> =>
      caller.until((fact) => Number(fact.done) >= jobs * share);
    const answered: Record<string, number> = {};
    const note = (event: string): void => {
      answered[event] = Number(caller.last((fact) => fact.done !== undefined)?.done ?? 0);
    };

    await part(0.2);
    note('whenKilled');
    killed.kill('SIGKILL');
    await part(0.3);
    note('whenCutOff');
    network.cut('cut');
    await sleep(CUT_OFF_MS);
    note('whenBack');
    network.join('cut');
    await part(0.7);
    note('whenRestarted');
    await server.restart();
    const result = await caller.until((fact) => fact.responses !== undefined);
    const { code } = await caller.exited;
    cut.kill('SIGTERM');
    const drained = await Promise.race([cut.exited, sleep(30_000, undefined)]);
    const isRight = code === 0 && result?.responses === jobs && result.right === jobs && drained?.code === 0;
    const ok = isRight && Number(answered.whenRestarted) < jobs;
    return {
      ...result,
      answered,
      network: network.kind,
      killed: 1,
      cutOffMs: CUT_OFF_MS,
      restarts: 1,
      drained: drained?.code === 0,
      ok,
    };
  } finally {
    clearTimeout(watchdog);
    for (const host of hosts) if (!host.isOver) host.kill('SIGKILL');
    await Promise.all(hosts.map((host) => host.exited));
    await server?.remove();
    network.remove();
    rmSync(project.folder, { recursive: true, force: true });
  }
}
