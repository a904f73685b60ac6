// A subject of `map` in a process of its own: prints jobs per second.
import { measureMapSubject } from './map-subjects.js';

const [name = '', processes, jobs] = process.argv.slice(2);
console.log(await measureMapSubject(name, Number(processes), Number(jobs)));
process.exit();
