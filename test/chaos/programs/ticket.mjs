// JavaScript: preloaded into each process of a pool, which has no loader.
// Preloaded into every child of a pool: whoever finds a ticket dies as it says, once, and says that it has taken it.
import { closeSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';

const folder = process.env.MPROC_TEST_TICKETS ?? '';

function takeTicket() {
  for (const name of readdirSync(folder)
    .filter((entry) => entry.startsWith('ticket-'))
    .sort()) {
    const mine = `${folder}/taken-${process.pid}`;
    try {
      renameSync(`${folder}/${name}`, mine);
    } catch {
      // Another child was quicker.
      continue;
    }
    return readFileSync(mine, 'utf8');
  }
  return undefined;
}

const ticket = takeTicket();
if (ticket !== undefined) {
  process.env.MPROC_FAILPOINT = ticket;
  // What Node.js prints when it aborts, or has no memory left, would be pages.
  closeSync(2);
  openSync('/dev/null', 'w');
}
