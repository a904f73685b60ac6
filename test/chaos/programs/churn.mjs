// JavaScript: tests and figures start it many times, and it would start later with a loader.
// A process that uses every operation of a queue, over and over, until it is killed, told to stop, or through its rounds.
// What it did is in a log of lines, so that whoever reads all logs together can tell whether anything was lost.
// Arguments: queue name, log file, prefix of its values, rounds, milliseconds between two, and `destroy` where the queue is
// to end with it.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';

const [name = '', log = '', prefix = '', rounds = '0', pauseMs = '1', end = ''] = process.argv.slice(2);
const { pid } = process;
const LARGE = 'x'.repeat(150_000);

let stopped = false;
process.once('SIGTERM', () => {
  stopped = true;
});

function write(lines) {
  appendFileSync(log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Values carry their name first; some are large, and some long enough for several units. */
const queue = SharedMemoryQueue.open(name, { leaseMs: 2_000, maxAttempts: 50, memoryBytes: 2 ** 20 });

let count = 0;
async function put(options, padding = '') {
  count += 1;
  const value = `${prefix}:${count}`;
  await queue.put([[value, padding]], options);
  write([{ step: 'put', value }]);
}

async function settleSome() {
  const leases = await queue.reserve(8);
  const at = Date.now();
  write(leases.map(({ value, deadline }) => ({ step: 'take', value: String(value[0]), at, deadline, pid })));
  const back = leases.filter((_, index) => index % 4 === 1);
  const dead = leases.filter((_, index) => index % 4 === 2);
  const done = leases.filter((_, index) => index % 4 === 0 || index % 4 === 3);
  await queue.extend(done);
  await giveBack(back, dead);
  const outcomes = await queue.ack(done);
  write(
    done.map(({ value }, index) => ({
      step: 'ack',
      value: String(value[0]),
      outcome: outcomes[index] ?? 'lost',
      pid,
    })),
  );
}

/** Written down before it is done, as the value may be another's right after. */
async function giveBack(back, dead) {
  write([...back, ...dead].map(({ value }) => ({ step: 'nack', value: String(value[0]), pid })));
  await queue.nack(back, { delayMs: 1 });
  await queue.nack(dead, { dead: true });
}

for (let round = 0; round < Number(rounds) && !stopped; round += 1) {
  await put({});
  await put({ priority: round % 3 });
  await put({ delayMs: 1 }, 'y'.repeat(700));
  await put({ dedupeKey: `${prefix}-${round}` });
  if (round % 5 === 0) await put({}, LARGE);
  await settleSome();
  await queue.dead.requeue();
  // Half of what it takes goes back: one turn more, and the queue stays as long as it is.
  await settleSome();
  // Nothing above has to wait while nobody else holds the lock; signals are heard in between, and others have their turn.
  await delay(Number(pauseMs));
}
await (end === 'destroy' ? queue.destroy() : queue.close());
