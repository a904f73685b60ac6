// node --import tsx bench/peers/map-subject.ts <subject> <processes> <jobs>
// One measurement of one subject of `map`: prints jobs per second.
import { buildProgram } from '../../scripts/built-program.js';
import { inOwnProcess } from '../measure/own-process.js';

const program = await buildProgram(new URL('./map-subject-process.ts', import.meta.url));
console.log(await inOwnProcess(program, ...process.argv.slice(2)));
