/** Lets one loop sleep until something happens; what happens while it is awake is remembered. */
export class AutoResetEvent {
  #pending = false;
  #resolve: (() => void) | undefined;

  set(): void {
    const resolve = this.#resolve;
    if (resolve === undefined) this.#pending = true;
    else {
      this.#resolve = undefined;
      resolve();
    }
  }

  wait(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
