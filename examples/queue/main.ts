// A queue in shared memory: values are leased, worked on, and acknowledged; what is not comes back.
import { SharedMemoryQueue } from 'mproc-worker';

// Without a name it is this process's own, and gone with it.
await using orders = new SharedMemoryQueue<{ item: string; pieces: number }>();
await orders.put([
  { item: 'tea', pieces: 2 },
  { item: 'rice', pieces: 1 },
]);
await orders.put({ item: 'medicine', pieces: 1 }, { priority: 10 });

const [first, second] = await orders.reserve(2);
if (first === undefined || second === undefined)
  throw new Error('three values were put, and two are not there');
console.log('served first:', first.value.item);

console.log('acknowledged:', await orders.ack([first]));
console.log('acknowledged once more:', await orders.ack([first]));
console.log('given back:', await orders.nack([second]));

for await (const { item, pieces } of orders) {
  console.log('left:', item, pieces);
  if ((await orders.size()) === 0) break;
}
