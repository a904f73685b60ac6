import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'processor'}, ${memory} GiB, ${type()} ${release()}, Node.js ${process.version}`;
}

/** How much else runs: 0 where nothing waits for a processor. */
export function load(): number {
  return Number(loadavg()[0]!.toFixed(1));
}
