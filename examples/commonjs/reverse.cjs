const { defineWorker } = require('mproc-worker');

exports.reverse = defineWorker(__filename, (text) => {
  if (typeof text !== 'string') throw new TypeError(`${text} is not a text`);
  return [...text].reverse().join('');
});
