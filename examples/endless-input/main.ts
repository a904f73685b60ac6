// `imap` takes its input only so far ahead of its reader, so an endless one is no trouble; responses come in order.
import { ProcessPool } from 'mproc-worker';
import { IsPrime } from './is-prime.worker.ts';

function* numbersFrom(first: number): Generator<number> {
  for (let number = first; ; number += 1) yield number;
}

await using pool = new ProcessPool({ processes: 2 });
const primes: number[] = [];
for await (const response of pool.imap(new IsPrime(), numbersFrom(1_000_000))) {
  if (response.body) primes.push(1_000_000 + response.index);
  if (primes.length === 5) break;
}
console.log(primes);
