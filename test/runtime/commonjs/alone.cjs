// @ts-check
const { Worker } = require('mproc-worker');

/** @extends {Worker<number, number>} */
module.exports = class Alone extends Worker {
  static module = __filename;

  /**
   * @param {number} value
   */
  process(value) {
    return value + 1;
  }
};
