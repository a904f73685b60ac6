// Sleeps on the first word of the shared memory that it is given as descriptor 3, until that is not 0 any more.
import { Segment } from '../../../runtime/src/segment/segment.js';

const segment = Segment.map(3, Number(process.argv[2]));
while (Atomics.load(segment.words, 0) === 0) segment.sleepOnWord(0, 0, 900);
console.log(Atomics.load(segment.words, 0));
