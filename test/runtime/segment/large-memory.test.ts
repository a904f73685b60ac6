import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { largeBytesGivenLately, newMemory } from '../../../runtime/src/segment/large-memory.js';
import { builtModule } from '../../built-module.js';

const PROGRAM = fileURLToPath(builtModule(new URL('./large-memory.program.ts', import.meta.url)));
const MIB = 2 ** 20;
/** What the program takes each time, and in how many pages. */
const TAKEN_BYTES = 30 * MIB;
const TAKEN_PAGES = TAKEN_BYTES / 4096;

interface Told {
  firstFaults: number;
  secondFaults: number;
  givenBackBytes: number;
}

/** A process of its own, as what malloc keeps is the process's. */
function told(settings: NodeJS.ProcessEnv): Told {
  const env = { ...process.env, ...settings };
  return JSON.parse(execFileSync(process.execPath, [PROGRAM], { env, encoding: 'utf8' }));
}

const isGlibc = process.platform === 'linux' && 'glibcVersionRuntime' in headerOfReport();

function headerOfReport(): object {
  return (process.report.getReport() as { header: object }).header;
}

test.runIf(isGlibc)(
  'memory of values that are used no more is used again, and given back when none come',
  () => {
    const { firstFaults, secondFaults, givenBackBytes } = told({});
    expect(firstFaults).toBeGreaterThan(TAKEN_PAGES / 2);
    expect(secondFaults).toBeLessThan(TAKEN_PAGES / 4);
    expect(givenBackBytes).toBeGreaterThan(TAKEN_BYTES / 2);
  },
);

test.runIf(isGlibc)('what the environment says of malloc stays as it is said', () => {
  const { secondFaults } = told({ MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' });
  expect(secondFaults).toBeGreaterThan(TAKEN_PAGES / 2);
});

test.each([0, 1, 4_096, 65_535, 65_536, MIB + 1, 33 * MIB])('%i bytes are as many', (lengthBytes) => {
  const memory = newMemory(lengthBytes);
  expect([memory.length, memory.byteOffset, memory.buffer.byteLength]).toEqual([lengthBytes, 0, lengthBytes]);
});

test('large memory is counted until it is asked for', () => {
  largeBytesGivenLately();
  newMemory(100_000);
  newMemory(10);
  newMemory(70_000);
  expect(largeBytesGivenLately()).toBe(170_000);
  expect(largeBytesGivenLately()).toBe(0);
});
