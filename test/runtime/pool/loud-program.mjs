// Its processes write more to stderr than is read of its own. Says on stdout what it sees; begins to wait for a byte of stdin.
// Arguments: how its job writes, and how many thousand bytes.
import { ProcessPool } from 'mproc-worker';
import { Loud } from './loud.worker.mjs';

const [how, lines] = process.argv.slice(2);
const pool = new ProcessPool({ processes: 2 });
const say = (what) => console.log(JSON.stringify(what));
const answers = ['process 1', 'process 2'].map(() => pool.run(new Loud(), { lines: Number(lines), how }));
let answered = 0;
for (const answer of answers)
  void answer.then(() => {
    answered += 1;
  });
await new Promise((resolve) => setTimeout(resolve, 1_500));
say({ answered, waitingBytes: process.stderr.writableLength, rssBytes: process.memoryUsage.rss() });
const responses = await Promise.all(answers);
say(responses.map(({ ok, body, error, jobId }) => ({ ok, body, stderr: error?.stderr, jobId })));
await pool.close();
