// A case of `real` by one of its subjects, in a process of its own: prints jobs a second.
import { measureCase } from './measure-case.js';

const [caseName = '', subject = '', jobs, folder = ''] = process.argv.slice(2);
console.log(await measureCase(caseName, subject, Number(jobs), folder));
process.exit();
