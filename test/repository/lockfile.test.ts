import { describe, expect, test } from 'vitest';
import { content } from './files.js';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

describe.each(['package-lock.json', 'site/package-lock.json'])('%s', (file) => {
  const lock = JSON.parse(content(file)) as { packages: Record<string, Locked> };

  test('the lock file holds no address to load from, so that every clone installs from its own registry', () => {
    const addresses = Object.entries(lock.packages).filter(
      ([, entry]) => entry.resolved !== undefined && !entry.link,
    );
    expect(addresses).toEqual([]);
  });

  test('the lock file names the optional packages of every platform, or `npm ci` refuses it', () => {
    const names = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
    const wanted = Object.values(lock.packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  test('every locked package has a version', () => {
    const without = Object.entries(lock.packages).filter(
      ([, entry]) => !entry.link && entry.version === undefined,
    );
    expect(without).toEqual([]);
  });
});
