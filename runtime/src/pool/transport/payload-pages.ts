const PAGE_BYTES = 32 * 1024;

/** A stretch of the arena; what was put there is freed with `release`. */
export interface Stretch {
  /** In bytes from the start of the segment. */
  readonly at: number;
  readonly page: number;
}

/**
 * The parent's book of the arena: small payloads share a page and free it together, large ones have pages of their own.
 * Nothing of it lies in shared memory, because the pool ends with its parent.
 */
export class PayloadPages {
  readonly #start: number;
  readonly #live: Int32Array;
  /** Number of pages that belong together, at the first of them. */
  readonly #run: Int32Array;
  readonly #count: number;
  #freePages: number;
  #current = -1;
  #used = 0;
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

  /** The largest payload that is put into the arena; larger ones travel in a parcel. */
  get largestPayload(): number {
    return Math.floor(this.#count / 4) * PAGE_BYTES;
  }

  get freeBytes(): number {
    return this.#freePages * PAGE_BYTES;
  }

  /** Room in the current page, in bytes; the place is `cursor`. */
  get room(): number {
    return this.#current === -1 ? 0 : PAGE_BYTES - this.#used;
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
    return true;
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
    if (this.#live[page] === 0 && page !== this.#current) this.#freeRun(page);
    else if (this.#live[page] === 0) this.#used = 0;
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
