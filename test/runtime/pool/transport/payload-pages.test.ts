import { describe, expect, test } from 'vitest';
import { PayloadPages, type Stretch } from '../../../../runtime/src/pool/transport/payload-pages.js';
import { seeded } from '../../values/random-values.js';

const START = 4_096;
const PAGES = 8;

interface Payload extends Stretch {
  readonly lengthBytes: number;
}

/** Places as the parent does: in the current page, on a free one, in a gap. */
function placeIn(pages: PayloadPages, live: Set<Payload>, lengthBytes: number): Payload | undefined {
  if (lengthBytes > pages.pageBytes) {
    const stretch = pages.keepLarge(lengthBytes);
    return stretch && { ...stretch, lengthBytes };
  }
  if (pages.room < lengthBytes && !pages.openPage() && !pages.openGap(lengthBytes, () => [...live]))
    return undefined;
  const at = pages.cursor;
  pages.pin();
  return { at, page: pages.keep(lengthBytes), lengthBytes };
}

describe('payloads that stay', () => {
  test('leave the bytes around them to others', () => {
    const pages = new PayloadPages(START, PAGES * 32 * 1024);
    const live = new Set<Payload>();
    const passing = new Set<Payload>();
    // Each page gets one that stays and others that fill it.
    for (;;) {
      const payload = placeIn(pages, live, 1_000);
      if (payload === undefined) break;
      live.add(payload);
      const isFirstOfPage = ![...live].some(
        (other) => other !== payload && other.page === payload.page && !passing.has(other),
      );
      if (!isFirstOfPage) passing.add(payload);
    }
    for (const payload of passing) {
      live.delete(payload);
      pages.release(payload.page);
    }
    expect(live.size).toBe(PAGES);
    expect(pages.freeBytes).toBe(0);
    for (let count = 0; count < passing.size; count += 1) {
      const payload = placeIn(pages, live, 1_000);
      expect(payload, `payload ${count}`).toBeDefined();
      live.add(payload!);
    }
  });

  test('on pages of their own leave what they do not fill of the last one', () => {
    const pages = new PayloadPages(START, 2 * 32 * 1024);
    const large = placeIn(pages, new Set(), 33 * 1024)!;
    const small = placeIn(pages, new Set([large]), 30 * 1024)!;
    expect(small.at).toBe(START + 33 * 1024);
    pages.release(large.page);
    expect(pages.keepLarge(33 * 1024)).toBeUndefined();
    pages.release(small.page);
    expect(pages.freeBytes).toBe(2 * 32 * 1024);
    expect(pages.keepLarge(64 * 1024)).toBeDefined();
  });
});

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`no two payloads share a byte, and all pages are free again in the end (seed ${SEED})`, () => {
  const random = seeded(SEED);
  const pages = new PayloadPages(START, PAGES * 32 * 1024);
  const owners = new Uint8Array(PAGES * 32 * 1024);
  const live = new Set<Payload>();
  let placed = 0;
  for (let step = 0; step < 8_000; step += 1) {
    const lengthBytes = 1 + Math.floor(random() ** 4 * 80_000);
    const payload = random() < 0.6 ? placeIn(pages, live, lengthBytes) : undefined;
    if (payload !== undefined) {
      placed += 1;
      live.add(payload);
      const bytes = owners.subarray(payload.at - START, payload.at - START + lengthBytes);
      expect(bytes).toHaveLength(lengthBytes);
      expect(bytes.indexOf(1)).toBe(-1);
      bytes.fill(1);
    } else if (live.size > 0) {
      const gone = [...live][Math.floor(random() * live.size)]!;
      live.delete(gone);
      owners.fill(0, gone.at - START, gone.at - START + gone.lengthBytes);
      pages.release(gone.page);
    }
  }
  expect(placed).toBeGreaterThan(1_000);
  for (const { page } of live) pages.release(page);
  // The current page is free, too, though it is kept for the next payload.
  expect(pages.freeBytes).toBeGreaterThanOrEqual((PAGES - 1) * 32 * 1024);
});
