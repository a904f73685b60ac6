/** Keeps account of the files that something is made of, while somebody asks for it. */
export class Trace {
  #open: Set<string> | undefined;

  /** Notes that what is being found out depends on a file. */
  touch(path: string): void {
    this.#open?.add(path);
  }

  /** Runs something, and tells which files it has looked at. */
  during<T>(run: () => T): { readonly result: T; readonly files: ReadonlySet<string> } {
    const outer = this.#open;
    const files = new Set<string>();
    this.#open = files;
    try {
      return { result: run(), files };
    } finally {
      this.#open = outer;
      for (const path of files) outer?.add(path);
    }
  }

  /** As `during`, for what nobody else follows from. */
  apart<T>(run: () => T): { readonly result: T; readonly files: ReadonlySet<string> } {
    const outer = this.#open;
    this.#open = undefined;
    try {
      return this.during(run);
    } finally {
      this.#open = outer;
    }
  }

  /** What is remembered was made of the same files for whoever asks later. */
  remember<T>(table: Map<string, unknown>, what: string, make: () => T): T {
    const known = table.get(what) as { readonly result: T; readonly files: ReadonlySet<string> } | undefined;
    if (known) {
      if (this.#open) for (const path of known.files) this.#open.add(path);
      return known.result;
    }
    const made = this.during(make);
    table.set(what, made);
    return made.result;
  }
}
