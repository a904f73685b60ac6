import type { QueueLimit } from 'mproc-worker';

/** A value of the model, from when it is put until it is done. */
export interface Modelled {
  readonly id: string;
  /** Order in which it was put. */
  readonly place: number;
  readonly priority: number;
  key: string | undefined;
  attempt: number;
  state: 'ready' | 'leased' | 'dead';
  /** Of a leased one: it counts as out, has given that back, or wants it again. */
  permit: 'has' | 'given' | 'wanted';
}

/** What limits promise, as simply as it can be said: all is looked at each time. */
export class LimitModel {
  readonly #limit: QueueLimit;
  readonly #values: Modelled[] = [];
  /** Those that count against the rate; `of` is the value that has not told that it began. */
  #starts: { readonly key: string; readonly of: Modelled | undefined }[] = [];
  #places = 0;

  constructor(limit: QueueLimit) {
    this.#limit = limit;
  }

  in(state: Modelled['state']): Modelled[] {
    return this.#values.filter((value) => value.state === state);
  }

  put(id: string, key: string | undefined, priority: number): void {
    this.#places += 1;
    this.#values.push({
      id,
      place: this.#places,
      priority,
      key,
      attempt: 0,
      state: 'ready',
      permit: 'has',
    });
  }

  /** @param isLimited whether it keeps to the limit */
  claim(max: number, isLimited: boolean): Modelled[] {
    const inTurn = this.in('ready').sort((a, b) => b.priority - a.priority || a.place - b.place);
    const taken: Modelled[] = [];
    for (const value of inTurn) {
      if (taken.length === max) break;
      if (isLimited && !this.#hasRoom(value.key, ['has', 'wanted'])) continue;
      value.state = 'leased';
      value.permit = 'has';
      value.attempt += 1;
      if (isLimited) this.#start(value);
      taken.push(value);
    }
    return taken;
  }

  remove(value: Modelled): void {
    this.#values.splice(this.#values.indexOf(value), 1);
  }

  release(
    value: Modelled,
    { refund = false, key = value.key }: { refund?: boolean; key?: string | undefined },
  ) {
    if (refund) {
      this.#starts = this.#starts.filter(({ of }) => of !== value);
      value.attempt -= 1;
    }
    value.state = 'ready';
    value.key = key;
  }

  bury(value: Modelled): void {
    value.state = 'dead';
  }

  revive(value: Modelled): void {
    value.state = 'ready';
    value.attempt = 0;
  }

  give(value: Modelled): void {
    value.permit = 'given';
  }

  takeAgain(value: Modelled): boolean {
    const hasRoom = this.#hasRoom(value.key, ['has']);
    value.permit = hasRoom ? 'has' : 'wanted';
    if (hasRoom) this.#start(value);
    return hasRoom;
  }

  began(value: Modelled): void {
    this.#starts = this.#starts.map((start) => (start.of === value ? { ...start, of: undefined } : start));
  }

  #hasRoom(key: string | undefined, states: readonly string[]): boolean {
    if (key === undefined) return true;
    const out = this.in('leased').filter((value) => value.key === key && states.includes(value.permit));
    const { atOnce, rate } = this.#limit;
    const begun = this.#starts.filter((start) => start.key === key);
    return out.length < atOnce && (rate === undefined || begun.length < rate.most);
  }

  #start(value: Modelled): void {
    if (this.#limit.rate !== undefined && value.key !== undefined)
      this.#starts.push({ key: value.key, of: value });
  }
}
