const PAGE_BYTES = 32 * 1024;
/** A smaller gap between payloads is not worth to be looked for, in bytes. */
const SMALLEST_GAP = 64;

/** A stretch of the arena; what was put there is freed with `release`. */
export interface Stretch {
  /** In bytes from the start of the segment. */
  readonly at: number;
  readonly page: number;
}

/** Bytes of a payload that is still needed. */
export interface LiveBytes {
  readonly at: number;
  readonly lengthBytes: number;
  readonly page: number;
}

/** Bytes of a page in use that nobody needs; offsets from the start of the page. */
interface Gap {
  readonly page: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The parent's account of the arena: small payloads share a page and free it together, large ones have pages of their own.
 * Nothing of it lies in shared memory, because the pool ends with its parent.
 *
 * A payload that stays for long keeps its page from being free, though not the bytes around it: where there is no free page
 * and more is to be placed all the same, `openGap` finds those. That takes a look at every payload, which is why it is
 * not done while there are pages, and not to keep an account of each payload is what makes small ones cheap.
 */
export class PayloadPages {
  readonly #start: number;
  readonly #live: Int32Array;
  /** Number of pages that belong together, at the first of them. */
  readonly #run: Int32Array;
  readonly #count: number;
  #freePages: number;
  #current = -1;
  /** Where in the current page the next payload goes, and where the bytes that may be used end. */
  #used = 0;
  #limit = 0;
  /** What was found between payloads and is not used yet, the largest last. */
  #gaps: Gap[] = [];
  /** Payloads freed ever, and when gaps were last looked for: until one is freed there are no others. */
  #freed = 0;
  #freedAtLook = -1;
  /** No page before this one is free. */
  #lowestFree = 0;

  constructor(start: number, lengthBytes: number) {
    this.#start = start;
    this.#count = Math.floor(lengthBytes / PAGE_BYTES);
    this.#live = new Int32Array(this.#count);
    this.#run = new Int32Array(this.#count);
    this.#freePages = this.#count;
  }

  /** A payload larger than a page is kept on pages of its own. */
  get pageBytes(): number {
    return PAGE_BYTES;
  }

  /** The largest payload that is put into the arena; larger ones travel in files of their own. */
  get largestPayload(): number {
    return Math.floor(this.#count / 4) * PAGE_BYTES;
  }

  get freeBytes(): number {
    return this.#freePages * PAGE_BYTES;
  }

  /** Room in the current page, in bytes; the place is `cursor`. */
  get room(): number {
    return this.#limit - this.#used;
  }

  get cursor(): number {
    return this.#start + this.#current * PAGE_BYTES + this.#used;
  }

  /**
   * Keeps the current page as it is while something is packed at the cursor, whatever the user's own code does meanwhile
   * that packing may call; then `keep` or `unpin`.
   */
  pin(): void {
    this.#live[this.#current]! += 1;
  }

  unpin(): void {
    this.release(this.#current);
  }

  /** Keeps `lengthBytes` at the cursor of a pinned page; returns the page to release later. */
  keep(lengthBytes: number): number {
    this.#used += (lengthBytes + 7) & ~7;
    return this.#current;
  }

  /** Opens a new current page. `false` when none is free. */
  openPage(): boolean {
    const page = this.#find(1);
    if (page === -1) return false;
    this.#leaveCurrent();
    this.#run[page] = 1;
    this.#freePages -= 1;
    this.#current = page;
    this.#used = 0;
    this.#limit = PAGE_BYTES;
    return true;
  }

  /**
   * Goes on in a gap between payloads, where there is no free page.
   * @param lengthBytes how large it must be
   * @param live all payloads that are kept, asked for only when gaps have to be looked for
   * @returns `false` when there is none that large
   */
  openGap(lengthBytes: number, live: () => LiveBytes[]): boolean {
    if (!this.#hasGap(lengthBytes) && this.#freed !== this.#freedAtLook) this.#gaps = this.#findGaps(live());
    if (!this.#hasGap(lengthBytes)) return false;
    const { page, from, to } = this.#gaps.pop()!;
    this.#leaveCurrent();
    this.#current = page;
    this.#used = from;
    this.#limit = to;
    return true;
  }

  #hasGap(lengthBytes: number): boolean {
    const largest = this.#gaps.at(-1);
    return largest !== undefined && largest.to - largest.from >= lengthBytes;
  }

  #findGaps(live: LiveBytes[]): Gap[] {
    this.#freedAtLook = this.#freed;
    // What is left of the current page is a gap as any other.
    this.#limit = this.#used;
    const gaps: Gap[] = [];
    // One that is not known of would be written over.
    for (const [page, payloads] of groupByPage(live))
      if (payloads.length === this.#live[page]) this.#findGapsOf(page, payloads, gaps);
    return gaps.sort((a, b) => a.to - a.from - (b.to - b.from));
  }

  #findGapsOf(page: number, payloads: LiveBytes[], gaps: Gap[]): void {
    const start = this.#start + page * PAGE_BYTES;
    let from = 0;
    for (const { at, lengthBytes } of payloads.sort((a, b) => a.at - b.at)) {
      const to = (at - start) & ~7;
      if (to - from >= SMALLEST_GAP) gaps.push({ page, from, to });
      from = (at - start + lengthBytes + 7) & ~7;
    }
    const to = this.#run[page]! * PAGE_BYTES;
    if (to - from >= SMALLEST_GAP) gaps.push({ page, from, to });
  }

  /** Pages of their own for a large payload; `undefined` when there is no stretch of free ones. */
  keepLarge(lengthBytes: number): Stretch | undefined {
    const pages = Math.ceil(lengthBytes / PAGE_BYTES);
    const page = this.#find(pages);
    if (page === -1) return undefined;
    this.#run[page] = pages;
    this.#live[page] = 1;
    for (let next = page + 1; next < page + pages; next += 1) this.#run[next] = -1;
    this.#freePages -= pages;
    return { at: this.#start + page * PAGE_BYTES, page };
  }

  release(page: number): void {
    this.#live[page]! -= 1;
    this.#freed += 1;
    if (this.#live[page] === 0) this.#lastReleased(page);
  }

  #lastReleased(page: number): void {
    // All of the page is free, which is more than the gaps in it.
    if (this.#gaps.length > 0) this.#gaps = [];
    if (page !== this.#current) return this.#freeRun(page);
    this.#used = 0;
    if (this.#run[page] === 1) this.#limit = PAGE_BYTES;
    else {
      this.#current = -1;
      this.#limit = 0;
      this.#freeRun(page);
    }
  }

  #leaveCurrent(): void {
    if (this.#current !== -1 && this.#live[this.#current] === 0) this.#freeRun(this.#current);
  }

  #freeRun(page: number): void {
    const pages = this.#run[page]!;
    this.#run.fill(0, page, page + pages);
    this.#freePages += pages;
    this.#lowestFree = Math.min(this.#lowestFree, page);
  }

  /** First fit from the start, so that few pages are used again and again and stay in the processor's caches. */
  #find(pages: number): number {
    if (this.#freePages < pages) return -1;
    let length = 0;
    for (let page = this.#lowestFree; page < this.#count; page += 1) {
      length = this.#run[page] === 0 ? length + 1 : 0;
      if (length < pages) continue;
      const first = page - pages + 1;
      if (pages === 1 || first === this.#lowestFree) this.#lowestFree = page + 1;
      return first;
    }
    return -1;
  }
}

function groupByPage(live: readonly LiveBytes[]): Map<number, LiveBytes[]> {
  const pages = new Map<number, LiveBytes[]>();
  for (const payload of live) {
    const others = pages.get(payload.page);
    if (others === undefined) pages.set(payload.page, [payload]);
    else others.push(payload);
  }
  return pages;
}
