import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtModule } from '../../built-module.js';

const PROGRAM = fileURLToPath(builtModule(new URL('./segment.program.mjs', import.meta.url)));

describe.runIf(process.platform === 'linux')('a segment that is closed while it is viewed', () => {
  let told: {
    fileMappings: number[];
    shown: number[];
    written: number;
    left: { descriptors: number; mapped: number };
    transfer: string;
    values: number[];
  };

  beforeAll(() => {
    const text = execFileSync(process.execPath, ['--expose-gc', PROGRAM], {
      encoding: 'utf8',
    });
    told = JSON.parse(text);
  });

  test('maps its file no more', () => {
    expect(told.fileMappings).toEqual([1, 0, (1024 * 1024) / 4]);
  });

  test('shows zeros, to the last word', () => {
    expect(told.shown).toEqual([0, 0, 0]);
  });

  test('can be written to, which nobody else sees', () => {
    expect(told.written).toBe(5);
  });

  test('leaves no descriptor, and no addresses once its views are gone', () => {
    expect(told.left).toEqual({ descriptors: 0, mapped: 0 });
  });

  // On a Node.js without `ArrayBuffer.prototype.transfer` there is nothing to refuse.
  test('a shared array’s memory cannot be moved to a buffer that would outlive it', () => {
    expect(told).toMatchObject({ transfer: 'refused', values: [1, 2, 3] });
  });
});
