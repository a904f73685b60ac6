// Limits: of each customer's jobs one runs at a time, in order, and no more than three mails begin in two seconds.
import { ProcessPool } from 'mproc-worker';
import { invoice, mail, type Order } from './invoice.ts';

await using pool = new ProcessPool({
  processes: 2,
  limits: [
    { worker: invoice, atOnce: 1, key: (order) => (order as Order).customer },
    { worker: mail, rate: { most: 3, perMs: 2_000 } },
  ],
});

const orders = ['ann', 'ann', 'ann', 'bob', 'bob'].map((customer, number) => ({ customer, number }));
const invoices = await pool.map(invoice, orders, { orThrow: true });
const overlaps = invoices.filter((one) =>
  invoices.some(
    (other) => other.number < one.number && other.customer === one.customer && other.endedAt > one.beganAt,
  ),
);
console.log(`${invoices.length} invoices, ${overlaps.length} of them begun before the one before had ended`);

const sent = await pool.map(mail, ['a', 'b', 'c', 'd'], { orThrow: true });
// A process may tell the time a little after its job has begun.
console.log('the fourth mail waited until others may begin:', sent[3]! - sent[0]! > 500);
