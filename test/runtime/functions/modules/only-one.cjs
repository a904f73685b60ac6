const { defineWorker } = require('mproc-worker');
module.exports = defineWorker(__filename, (number) => -number);
