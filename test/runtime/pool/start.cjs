// Required by children before they start: MPROC_TEST_STARTS says in JSON what each of them does, in the order they come.
const { openSync } = require('node:fs');

function ownNumber(folder) {
  for (let number = 0; ; number += 1)
    try {
      openSync(`${folder}/${number}`, 'wx');
      return number;
    } catch {
      // Another one has it.
    }
}

function hold(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

const { folder, starts } = JSON.parse(process.env.MPROC_TEST_STARTS);
const { holdMs = 0, exit, hangs } = starts[Math.min(ownNumber(folder), starts.length - 1)];
hold(hangs ? Number.POSITIVE_INFINITY : holdMs);
if (exit !== undefined) process.exit(exit);
