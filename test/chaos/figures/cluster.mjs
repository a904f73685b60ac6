import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHost } from '../cluster/host-process.mjs';
import { makeNetwork } from '../cluster/network.mjs';
import { findPostgres, startPostgres } from '../cluster/postgres.mjs';
import { makeProject } from '../cluster/project.mjs';

export const goal =
  'every job one right response over three hosts, one killed, one cut off and brought back, the server restarted; at full size 20,000 jobs';
export const sizes = { smoke: { jobs: 500 }, reduced: { jobs: 4_000 }, full: { jobs: 20_000 } };

const CUT_OFF_MS = 5_000;
const GIVE_UP_MS = 10 * 60_000;

export async function run({ jobs }) {
  const bin = findPostgres();
  if (bin === undefined) return { ok: true, skipped: 'PostgreSQL is not on this machine' };
  const project = makeProject();
  const network = makeNetwork(['caller', 'killed', 'cut']);
  let server;
  const hosts = [];
  const watchdog = setTimeout(() => {
    for (const host of hosts) host.kill('SIGKILL');
  }, GIVE_UP_MS);
  try {
    server = await startPostgres(bin, network.inside('hub'));
    const environment = {
      DATABASE_URL: `postgres://postgres@${network.address}:${server.port}/postgres`,
      JOBS: String(jobs),
    };
    const start = (name, role) => {
      const host = startHost(network, name, project, { ...environment, ROLE: role });
      hosts.push(host);
      return host;
    };
    const killed = start('killed', 'worker');
    const cut = start('cut', 'worker');
    await Promise.all([killed, cut].map((host) => host.until((fact) => fact.serving)));
    const caller = start('caller', 'caller');
    const part = (share) => caller.until((fact) => fact.done >= jobs * share);

    await part(0.2);
    killed.kill('SIGKILL');
    await part(0.3);
    network.cut('cut');
    await sleep(CUT_OFF_MS);
    network.join('cut');
    await part(0.5);
    await server.restart();
    const result = await caller.until((fact) => fact.responses !== undefined);
    const { code } = await caller.exited;
    cut.kill('SIGTERM');
    const drained = await Promise.race([cut.exited, sleep(30_000)]);
    const ok = code === 0 && result?.responses === jobs && result.right === jobs && drained?.code === 0;
    return {
      ...result,
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
