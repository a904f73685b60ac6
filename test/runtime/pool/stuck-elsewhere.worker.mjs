import { Worker } from 'mproc-worker';

/** Hangs in code that calls itself by a URL that is no path of this machine. */
export class StuckElsewhere extends Worker {
  static module = import.meta.url;

  process() {
    return new Function('for (;;); //# sourceURL=file://elsewhere/%2f/code.js')();
  }
}
