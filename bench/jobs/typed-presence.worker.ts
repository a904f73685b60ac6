import { Worker } from 'mproc-worker';

/** The same in TypeScript, which its process has to load by tsx or by stripping its types. */
export class TypedPresence extends Worker<number, void> {
  static override readonly module: string = import.meta.url;

  protected override async process(): Promise<void> {
    this.progress(process.pid);
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
  }
}
