import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { Project } from '../project.js';
import { randomFrom, textOf, VARIANTS } from './random-edits.js';
import { Watcher } from './watcher.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const installed = join(dirname(fileURLToPath(import.meta.url)), '../../../node_modules');
const TOLD_EDITS = process.env.MPROC_WATCH_EDITS;
const SEED = Number(process.env.MPROC_WATCH_SEED ?? 1);

let project: Project;
let watcher: Watcher | undefined;
afterEach(async () => {
  await watcher?.stop();
  watcher = undefined;
  project.remove();
});

// A project without a compiler has that of ts-morph; npm installs the others.
const COMPILERS = [undefined, 'typescript5', '@typescript/old'].filter(
  (name) => name === undefined || existsSync(join(installed, name)),
);

/** What is watched is the same with each: with a compiler of the project, what differs is who is asked after an edit. */
const editsWith = (compiler: string | undefined) => Number(TOLD_EDITS ?? (compiler === undefined ? 24 : 10));

test.each(COMPILERS.map((compiler, index) => ({ compiler, seed: SEED + index })))(
  'after random edits a watcher finds what a fresh check finds, with %o',
  async ({ compiler, seed }) => {
    project = new Project({});
    if (compiler !== undefined) {
      mkdirSync(join(project.root, 'node_modules'));
      symlinkSync(join(installed, compiler), join(project.root, 'node_modules/typescript'));
    }
    const configuration = JSON.parse(project.read('tsconfig.json'));
    const current = new Map<string, number>();
    const put = (path: string, index: number) => {
      const variant = VARIANTS[path]![index];
      current.set(path, index);
      if (variant === undefined) rmSync(join(project.root, path), { force: true });
      else project.write(path, textOf(path, variant, configuration));
    };
    for (const path of Object.keys(VARIANTS)) put(path, 0);
    watcher = await Watcher.start(project);
    const random = randomFrom(seed);
    const paths = Object.keys(VARIANTS);
    const found = new Set<string>();
    const edits = editsWith(compiler);
    for (let edit = 0; edit < edits; edit += 1) {
      const done: string[] = [];
      // Sometimes several files at once.
      for (let files = 1 + Math.max(0, random(4) - 1); files > 0; files -= 1) {
        const path = paths[random(paths.length)]!;
        const { length } = VARIANTS[path]!;
        const index = (current.get(path)! + 1 + random(length - 1)) % length;
        put(path, index);
        done.push(`${path} ${index}`);
      }
      const { stdout } = await project.check();
      const wanted = JSON.parse(stdout).findings;
      for (const { rule } of wanted) found.add(rule);
      const seen = await watcher.until((findings) => JSON.stringify(findings) === JSON.stringify(wanted));
      expect(seen, `seed ${seed}, edit ${edit}: ${done.join(', ')}`).toEqual(wanted);
    }
    if (edits >= 24) expect(found.size).toBeGreaterThan(8);
  },
);

test('settings that are wrong are told of, and the next ones are heeded', async () => {
  project = new Project({
    'src/a.worker.ts':
      "import { Worker } from 'mproc-worker';\nclass A extends Worker<number, number> {\n  protected override process(n: number): number { return n; }\n}\nvoid A;\n",
  });
  watcher = await Watcher.start(project);
  const severities = (findings: readonly { readonly rule: string; readonly severity: string }[]) =>
    findings.filter(({ rule }) => rule === 'worker-exported').map(({ severity }) => severity);
  const after = async (settings: string, wanted: readonly string[]) => {
    project.write('.mproc/check.json', settings);
    return severities(await watcher!.until((findings) => severities(findings).join() === wanted.join()));
  };
  expect(await after('{ "rules": { "worker-exported": "warning" } }', ['warning'])).toEqual(['warning']);
  project.write('.mproc/check.json', '{ "rules": { "worker-exportd": "off" } }');
  await watcher.told(/no rule is called worker-exportd/);
  expect(await after('{ "rules": { "worker-exported": "off" } }', [])).toEqual([]);
  rmSync(join(project.root, '.mproc'), { recursive: true });
  expect(severities(await watcher.until((findings) => severities(findings).length > 0))).toEqual(['error']);
});
