/**
 * Ends what this host does for a job, where the job is others' to run. There is one for each job, and hardly anybody ever waits
 * for it: a signal is made for those who do, as an `AbortSignal` with a listener costs more than all else of a tiny job.
 */
export class LostLease {
  #aborted = false;
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
