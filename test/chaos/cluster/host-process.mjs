import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A host: its own network where there are any, its own process tree everywhere. */
export function startHost(network, name, { program, project }, environment) {
  // The processes of its pools have the loader as well, each at its cost.
  const loader = program.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const words = [...network.inside(name), process.execPath, ...loader, program];
  const child = spawn(words[0], words.slice(1), {
    cwd: project,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = [];
  const listeners = new Set();
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const fact = JSON.parse(line);
    said.push(fact);
    for (const listener of listeners) listener(fact);
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  return {
    exited,
    get isOver() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    /** The first thing it says that fits; `undefined` when it ends before. */
    until(fits) {
      const known = said.find(fits);
      if (known) return Promise.resolve(known);
      const heard = new Promise((resolve) => listeners.add((fact) => fits(fact) && resolve(fact)));
      return Promise.race([heard, exited.then(() => said.find(fits))]);
    },
    /** The last thing it said that fits. */
    last: (fits) => said.findLast(fits),
    kill: (signal) => child.kill(signal),
  };
}
