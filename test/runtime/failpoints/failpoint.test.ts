import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parsePlans } from '../../../runtime/src/failpoints/failpoint.js';
import { FAILPOINTS } from '../../../runtime/src/failpoints/failpoints.js';
import { builtModule } from '../../built-module.js';

const sources = fileURLToPath(new URL('../../../runtime/src/', import.meta.url));

function calledNames(): string[] {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  return files.flatMap((file) =>
    [...readFileSync(`${sources}${file}`, 'utf8').matchAll(/\bfailpoint\('([^']+)'\)/g)].map((m) => m[1]!),
  );
}

test('the table of failpoints names exactly those that the sources pass', () => {
  expect([...new Set(calledNames())].sort()).toEqual(Object.keys(FAILPOINTS).sort());
});

test('a failpoint that is not switched on has no plans', () => {
  expect(parsePlans(undefined)).toBeUndefined();
  expect(parsePlans('')).toBeUndefined();
});

test('an unknown action is refused', () => {
  expect(() => parsePlans('queue.x:explode')).toThrow(/explode/);
});

const module = builtModule(new URL('../../../runtime/src/failpoints/failpoint.ts', import.meta.url));

function runPassing(times: number, plan: string, flags: readonly string[] = []) {
  const code = `const { failpoint } = await import(${JSON.stringify(module)});
    for (let i = 1; i <= ${times}; i++) { failpoint('queue.test'); console.log(i); }`;
  return spawnSync(process.execPath, [...flags, '--input-type=module', '-e', code], {
    env: { ...process.env, MPROC_FAILPOINT: plan },
    encoding: 'utf8',
    timeout: 240_000,
  });
}

test('the process dies by the signal the third time it passes the place', () => {
  const run = runPassing(5, 'queue.test:SIGKILL:3');
  expect(run.signal).toBe('SIGKILL');
  expect(run.stdout).toBe('1\n2\n');
});

test('the process leaves with the exit code', () => {
  expect(runPassing(1, 'queue.*:exit(7)').status).toBe(7);
});

test('the process dies of what nobody catches, when it has done what it was at', () => {
  const run = runPassing(1, 'queue.test:uncaught');
  expect(run.status).toBe(1);
  expect(run.stdout).toBe('1\n');
  expect(run.stderr).toContain('Error: failpoint');
});

test('the process dies of a full heap', () => {
  expect(runPassing(1, 'queue.test:memory', ['--max-old-space-size=64']).signal).toBe('SIGABRT');
});

test('other places are passed unharmed', () => {
  expect(runPassing(2, 'pool.other:SIGKILL').stdout).toBe('1\n2\n');
});
