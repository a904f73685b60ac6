import { Worker } from 'mproc-worker';

/** Fails as its arguments say; where the environment says so, it shows what it was given. */
export class Fails extends Worker {
  static module = import.meta.url;
  tries = 0;
  label = 'none';

  async process(args) {
    this.tries += 1;
    if (process.env.MPROC_TEST_SHOWS) return { args, tries: this.tries, label: this.label };
    if (args.how === 'crash') process.kill(process.pid, 'SIGKILL');
    if (args.how === 'hang') for (;;);
    if (args.how === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (args.how === 'well') return 'well';
    throw Object.assign(new TypeError(`cannot work with ${args.name}`), { hint: new Set([1]) });
  }
}
