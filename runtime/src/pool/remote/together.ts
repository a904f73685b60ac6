import { isRefusal } from './retry-while-unavailable.js';

/** Items of one call at most. */
const MOST_TOGETHER = 256;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Options<Item> {
  /** How many of them, from the first on, one call can take: one at least. @default 256 */
  readonly most?: (items: Iterable<Item>) => number;
  /** Whether one item may be why the call failed, so that the others are tried without it. @default where the value is refused */
  readonly isOfOne?: (error: unknown) => boolean;
}

/** Does with one call what was asked for while the call before was under way. What comes alone is done at once. */
export class Together<Item> {
  readonly #act: (items: readonly Item[]) => unknown;
  readonly #most: (items: Iterable<Item>) => number;
  readonly #isOfOne: (error: unknown) => boolean;
  #waiting: Waiting<Item>[] = [];
  #isBusy = false;

  constructor(
    act: (items: readonly Item[]) => unknown,
    { most = () => MOST_TOGETHER, isOfOne = isRefusal }: Options<Item> = {},
  ) {
    this.#act = act;
    this.#most = most;
    this.#isOfOne = isOfOne;
  }

  /** @throws what the call throws, for each of its items */
  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0)
      await this.#do(this.#waiting.splice(0, this.#most(itemsOf(this.#waiting))));
    this.#isBusy = false;
  }

  async #do(batch: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#act(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      // One of them cannot be sent: the others are not to suffer from it.
      if (batch.length > 1 && this.#isOfOne(error)) for (const one of batch) await this.#do([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

function* itemsOf<Item>(waiting: readonly Waiting<Item>[]): Generator<Item> {
  for (const { item } of waiting) yield item;
}
