import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, run } from './command.js';
import { temporaryFolder } from './generated-project.js';
import { processesIn } from './leftovers.js';
import { Registry } from './registry.js';

const MINUTES = 60_000;

let registry: Registry;
let folder: string;
const project = () => join(folder, 'demo');

beforeAll(async () => {
  registry = await Registry.start();
  await registry.publish('runtime');
  await registry.publish('.');
  folder = temporaryFolder();
}, 5 * MINUTES);

afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

function expectDone(finished: Finished): Finished {
  expect(finished.code, finished.output).toBe(0);
  return finished;
}

// One journey: each step stands on the one before.
test(
  'a stranger creates, installs, runs, tests, checks, and adds a queue, all from a registry',
  async () => {
    expectDone(await registry.npm(['create', 'mproc-worker@latest', 'demo', '--', '--yes'], folder));
    const manifest = JSON.parse(readFileSync(join(project(), 'package.json'), 'utf8'));
    // From a registry, the project asks for versions, never for a folder of this machine.
    expect(manifest.dependencies['mproc-worker']).toMatch(/^\d/);
    expect(manifest.devDependencies['create-mproc-worker']).toMatch(/^\d/);

    expectDone(await registry.npm(['install'], project()));
    expect(expectDone(await registry.npm(['start'], project())).stdout).toContain('5050');
    expectDone(await registry.npm(['test'], project()));
    expectDone(await registry.npm(['run', 'check'], project()));

    const npx = (...args: string[]) =>
      run('npx', ['create-mproc-worker', ...args], project(), registry.environment);
    expectDone(await npx('add', 'queue', 'Orders', '--engine', 'sqlite', '--yes'));
    expect(existsSync(join(project(), 'src/queues/orders.queue.ts'))).toBe(true);
    expectDone(await registry.npm(['install'], project()));
    expectDone(await registry.npm(['test'], project()));
    expectDone(await registry.npm(['run', 'check'], project()));
    expect(processesIn(project())).toEqual([]);
  },
  15 * MINUTES,
);
