const { pathToFileURL } = require('node:url');
const { defineWorker } = require('mproc-worker');

const double = defineWorker(__filename, (number) => 2 * number);
const triple = defineWorker(pathToFileURL(__filename).href, (number) => 3 * number);
module.exports = Object.fromEntries([
  ['double', double],
  ['triple', triple],
]);
