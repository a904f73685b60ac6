import { expect, test } from 'vitest';
import { BundleSize } from '../../../runtime/src/pool/jobs/bundle-size.js';

function after(size: BundleSize, jobs: number, runMs: number): number {
  for (let job = 0; job < jobs; job += 1) size.note(runMs);
  return size.jobs;
}

test('jobs are bundled when they have shown that they are quick', () => {
  const size = new BundleSize();
  expect(size.jobs).toBe(1);
  expect(after(size, 63, 0.001)).toBe(1);
  expect(after(size, 1, 0.001)).toBe(2);
  expect(after(size, 64, 0.001)).toBe(4);
  expect(after(size, 10_000, 0.001)).toBe(32);
});

test('a bundle takes a tenth of a millisecond, on average', () => {
  const size = new BundleSize();
  after(size, 10_000, 0.001);
  expect(after(size, 100, 0.01)).toBe(10);
  expect(after(size, 100, 0.019)).toBe(5);
  expect(after(size, 100, 0.03)).toBe(1);
  expect(after(size, 100, 0.001)).toBe(32);
});

test('one job in a while that takes long changes nothing', () => {
  const size = new BundleSize();
  after(size, 10_000, 0.001);
  for (let time = 0; time < 100; time += 1) {
    size.note(50);
    expect(after(size, 50, 0.001)).toBe(32);
  }
});

test('what bundles are not for needs longer to be tried again each time', () => {
  const size = new BundleSize();
  after(size, 10_000, 0.001);
  for (const patience of [128, 256, 512, 1024, 2048, 4096, 4096]) {
    size.disappoint();
    expect(size.jobs).toBe(1);
    expect(after(size, patience - 1, 0.001)).toBe(1);
    expect(after(size, 1, 0.001)).toBe(2);
  }
});
