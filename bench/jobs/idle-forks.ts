import { forkIpc } from '../peers/fork-ipc.js';

const forks = forkIpc().open({ processes: 2, job: 'sum' });
await forks.map(Array.from({ length: 1_000 }, (_, i) => [i]));
process.once('message', async () => {
  await forks.close();
  process.disconnect();
});
process.send!(forks.pids);
