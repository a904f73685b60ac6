import { defineWorker } from 'mproc-worker';

export const countPrimes = defineWorker(import.meta.url, ({ from, to }) => {
  let count = 0;
  for (let n = Math.max(2, from); n < to; n += 1) if (isPrime(n)) count += 1;
  return count;
});

function isPrime(n) {
  for (let divisor = 2; divisor * divisor <= n; divisor += 1) if (n % divisor === 0) return false;
  return true;
}
