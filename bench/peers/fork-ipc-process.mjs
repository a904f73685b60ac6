// JavaScript: a bare fork, which has no loader.
import { burn, echo, sum } from '../jobs/functions.mjs';

const job = { burn, echo, sum }[process.argv[2]];
process.on('message', ([id, input]) => process.send([id, job(input)]));
