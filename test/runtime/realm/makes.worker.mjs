import { Worker } from 'mproc-worker';

/** One of each kind of value. */
export function values() {
  return {
    array: [1, { b: 2 }],
    map: new Map([[1, { x: [1] }]]),
    set: new Set([[1]]),
    date: new Date(5),
    floats: new Float64Array([1, 2]),
    bytes: new Uint8Array([1]),
    bigs: new BigInt64Array(2),
    buffer: Buffer.from('abc'),
    memory: new ArrayBuffer(4),
    view: new DataView(new ArrayBuffer(2)),
    pattern: /x/g,
    boxed: new String('s'),
    big: 5n,
    error: Object.assign(new RangeError('r'), { code: 'X' }),
  };
}

/** Makes them, or gives back what it is given. */
export class Makes extends Worker {
  static module = import.meta.url;

  process(given) {
    if (given === 'throw') throw new TypeError('thrown');
    return given === 'make' ? values() : given;
  }
}
