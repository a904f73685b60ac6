import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'mproc-worker';

/** Has its process do something as it ends, and perhaps a library that it loads. */
export class Ends extends Worker {
  static module = import.meta.url;

  static teardown() {
    appendFileSync(process.env.MPROC_TEST_AT_END, 'teardown\n');
  }

  process(library) {
    if (library !== undefined) createRequire(import.meta.url)('koffi').load(library);
    process.on('exit', (code) => {
      console.log('the last words');
      appendFileSync(process.env.MPROC_TEST_AT_END, `exit ${code}\n`);
    });
  }
}
