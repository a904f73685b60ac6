import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject } from '../../../generator/checker/adapter/index.js';
import { findObstacle } from '../../../generator/checker/model/transferable.js';
import { ProcessPool } from '../../../runtime/dist/index.js';
import { Echo } from './echo.worker.mjs';
import { values } from './values.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const here = dirname(fileURLToPath(import.meta.url));
const pool = new ProcessPool({ processes: 1, instances: 'allow' });
const said = new Map<string, string | undefined>();
const happened = new Map<string, string | undefined>();

beforeAll(async () => {
  for (const [name, obstacle] of judge()) said.set(name, obstacle);
  await Promise.all(
    Object.entries(values).map(async ([name, value]) => {
      const response = await pool.run(new Echo(), value);
      if (!response.ok) happened.set(name, response.error.message);
      else
        happened.set(name, isSame(value, response.body) ? undefined : `arrives as ${inspect(response.body)}`);
    }),
  );
});
afterAll(async () => {
  await values.pool.close();
  await pool.close();
});

/** What the checker says of the type of each value. */
function judge(): [name: string, obstacle: string | undefined][] {
  const code = openProject(here).compile();
  const file = code.file(join(here, 'values.ts'))!;
  const table = code.exportsOf(file).get('values')!.declarations[0]!;
  return table.type.properties.map(({ name, type }) => [name, findObstacle(type, name)?.what]);
}

/**
 * Objects without a prototype, as the groups of a match, get the usual one. Errors of a class that the other process does
 * not have come back below the built-in class they extend.
 */
function isSame(sent: unknown, back: unknown): boolean {
  if (Object(sent) === sent && Object.getPrototypeOf(sent) === null)
    return isDeepStrictEqual({ ...(sent as object) }, back);
  if (Array.isArray(sent) && Array.isArray(back) && Object.getPrototypeOf(sent) === Array.prototype)
    return Object.keys(sent).every((key) => isSame(Reflect.get(sent, key), Reflect.get(back, key)));
  if (!(sent instanceof Error)) return isDeepStrictEqual(sent, back);
  return (
    back instanceof Error &&
    back.constructor.name === sent.constructor.name &&
    Object.getOwnPropertyNames(sent).every((key) => isSame(Reflect.get(sent, key), Reflect.get(back, key)))
  );
}

test('there are values of more than a hundred types', () => {
  expect(said.size).toBeGreaterThan(100);
  expect([...said.keys()].sort()).toEqual([...happened.keys()].sort());
});

test('what the checker says of a type is what becomes of its value in a pool', () => {
  const differing = [...said].filter(
    ([name, obstacle]) => (obstacle === undefined) !== (happened.get(name) === undefined),
  );
  expect(
    differing.map(
      ([name, obstacle]) =>
        `${name}: checker ${obstacle ?? 'allows'}; pool: ${happened.get(name) ?? 'crosses'}`,
    ),
  ).toEqual([]);
});

test('both kinds are there', () => {
  const crossing = [...happened.values()].filter((problem) => problem === undefined).length;
  expect(crossing).toBeGreaterThan(60);
  expect(happened.size - crossing).toBeGreaterThan(50);
});
