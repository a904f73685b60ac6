import { setImmediate as soon } from 'node:timers';
import { Worker } from 'mproc-worker';

interface LastWords {
  /** Reports of progress before the result. */
  readonly reports: number;
  readonly lengthBytes: number;
}

/** Tells much, has a result, and is killed when that is told. */
export class DiesAfterResult extends Worker<LastWords, Uint8Array> {
  static override readonly module = import.meta.url;

  protected override process({ reports, lengthBytes }: LastWords): Uint8Array {
    for (let at = 0; at < reports; at += 1) this.progress(at);
    if (reports > 0) soon(() => process.kill(process.pid, 'SIGKILL'));
    return new Uint8Array(lengthBytes).fill(7);
  }
}
