import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { queueEngines } from '../../generator/templates/engines.js';
import { until } from '../runtime/pool/prove-pool.js';
import { run } from './command.js';
import { GeneratedProject } from './generated-project.js';
import { processesIn } from './leftovers.js';
import { type EngineAtHand, engineAtHand, NpmHost, onlyCall } from './served-project.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const runsAll = process.env.MPROC_TEMPLATES === 'all';
const hosts: NpmHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.end('SIGKILL');
});

async function host(project: GeneratedProject, env: NodeJS.ProcessEnv = {}): Promise<NpmHost> {
  const started = new NpmHost(project, env);
  hosts.push(started);
  await started.isServing();
  return started;
}

async function startOf(project: GeneratedProject, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const started = await run('npm', ['start'], project.folder, env);
  expect(started, started.output).toMatchObject({ code: 0 });
  return started.stdout.trimEnd().split('\n');
}

/**
 * One of each kind. Each takes half a minute; what is written for the others is compiled with everything else by
 * test/generator/templates, and their queues are held to the contract by test/queues.
 */
const ENGINES_IN_EVERY_RUN = ['shared-memory', 'sqlite', 'redis'];

describe.each(queueEngines())('a new project with the queue %s', (engine) => {
  let project: GeneratedProject;
  let atHand: EngineAtHand;
  beforeAll(async () => {
    atHand = await engineAtHand(runsAll || ENGINES_IN_EVERY_RUN.includes(engine) ? engine : 'none');
    project = await GeneratedProject.createLinked(['--template', 'sums', '--queue', engine]);
  });
  afterAll(async () => {
    await atHand.remove();
    project?.remove();
  });

  test('its program works over the queue, by itself and with a host', async (context) => {
    if (!runsAll && !ENGINES_IN_EVERY_RUN.includes(engine)) context.skip('run with MPROC_TEMPLATES=all');
    if (atHand.missing !== undefined) context.skip(atHand.missing);
    expect((await startOf(project, atHand.env)).at(-1)).toBe('5050');
    const served = await host(project, atHand.env);
    // The queue of the template is an array in each program: nobody else finds jobs there.
    if (engine !== 'blank') {
      onlyCall(project);
      expect((await startOf(project, atHand.env)).at(-1)).toBe('5050');
      await until(() => served.ran === 5);
    }
    await served.end();
    expect(processesIn(project.folder)).toEqual([]);
  });

  test('its README says how', () => {
    const readme = readFileSync(project.path('README.md'), 'utf8');
    expect(readme).toContain('npm run host ');
    expect(readme).not.toMatch(/\n{3}|\n\n- .*\n\n- /);
  });
});

const TEMPLATES = [
  ['crawler', /attempt 2$/],
  ['files', /^[\d,]+ words in [\d,]+ files/],
  ['minimal', /^\[ 2, 4, 6 \]$/],
  ['sums', /^5050$/],
] as const;
/** Each project takes half a minute. The others have nothing that matters here and the first has not. */
const IN_EVERY_RUN = 1;
const NOT_RUN =
  'run with MPROC_TEMPLATES=all: what it has is in the project of crawler, and in test/e2e/templates, as well';

describe.each(TEMPLATES.map((one, at) => [...one, runsAll || at < IN_EVERY_RUN] as const))(
  'a project from the template %s with a queue and a strategy',
  (template, result, isRun) => {
    let project: GeneratedProject;
    beforeAll(async () => {
      if (!isRun) return;
      const args = ['--template', template, '--queue', 'sqlite', '--strategy', 'Patient'];
      project = await GeneratedProject.createLinked(args);
    });
    afterAll(() => project?.remove());

    test('passes its own check and tests', async (context) => {
      if (!isRun) context.skip(NOT_RUN);
      for (const words of [
        ['run', 'check'],
        ['test', '--', '--maxWorkers', '2'],
      ]) {
        const ran = await project.npm(...words);
        expect(ran, ran.output).toMatchObject({ code: 0 });
      }
    });

    test('its host runs what its program asks for, and so does what was built', async (context) => {
      if (!isRun) context.skip(NOT_RUN);
      onlyCall(project);
      const served = await host(project);
      expect((await startOf(project)).at(-1)).toMatch(result);
      await until(() => served.ran > 0);
      await served.end('SIGTERM');
      const built = await project.npm('run', 'build');
      expect(built, built.output).toMatchObject({ code: 0 });
      expect(existsSync(project.path('dist/host.js'))).toBe(true);
    });
  },
);

test('a strategy without a queue is what main.ts gives the worker', async () => {
  const project = await GeneratedProject.createLinked(['--template', 'sums', '--strategy', 'Patient']);
  try {
    expect(readFileSync(project.path('src/main.ts'), 'utf8')).toContain(
      'sums.retryStrategy = new Patient();',
    );
    expect(existsSync(project.path('src/host.ts'))).toBe(false);
    expect((await startOf(project)).at(-1)).toBe('5050');
    for (const word of ['check', 'build']) {
      const ran = await project.npm('run', word);
      expect(ran, ran.output).toMatchObject({ code: 0 });
    }
  } finally {
    project.remove();
  }
});
