// node actor-program.mjs <settings> <number> <seed> <log>
import { Random } from '../random.js';
import { Actor } from './actor.js';
import { Log } from './log.js';

const [settings, number, seed, file] = process.argv.slice(2) as [string, string, string, string];
const actor = new Actor(JSON.parse(settings), Number(number), new Log(file, Number(number)));
await actor.run(new Random(Number(seed)));
await actor.close();
