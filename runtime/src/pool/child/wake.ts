/** Lets one loop sleep until something happens; what happens while it is awake is remembered. */
export class Wake {
  #pending = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    const resolve = this.#resolve;
    if (resolve === undefined) this.#pending = true;
    else {
      this.#resolve = undefined;
      resolve();
    }
  }

  sleep(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
