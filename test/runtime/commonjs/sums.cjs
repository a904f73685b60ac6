// @ts-check
const { pathToFileURL } = require('node:url');
const { MprocError, Worker } = require('mproc-worker');

/** @extends {Worker<number[], number>} */
class Sums extends Worker {
  static module = __filename;

  /**
   * @param {number[]} numbers
   */
  process(numbers) {
    return numbers.reduce((sum, n) => sum + n, 0);
  }
}

/** Tells what `require` and `import` find in its process. @extends {Worker<null, string[]>} */
class Compares extends Worker {
  static module = pathToFileURL(__filename).href;

  async process() {
    const imported = await import('mproc-worker');
    const required = /** @type {Record<string, unknown>} */ (require('mproc-worker'));
    const differing = Object.entries(imported).filter(([name, value]) => required[name] !== value);
    return differing.map(([name]) => name);
  }
}

/** @extends {Worker<string, never>} */
class Fails extends Worker {
  static module = __filename;

  /**
   * @param {string} message
   * @returns {never}
   */
  process(message) {
    throw new MprocError('ERR_OPTION', message);
  }
}

module.exports = { Sums, Compares, Fails };
