import * as functions from '../jobs/functions.mjs';

const job = functions[process.argv[2]];
process.on('message', ([id, input]) => process.send([id, job(input)]));
