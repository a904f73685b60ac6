import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const hello = fileURLToPath(new URL('./hello.mjs', import.meta.url));
const children = [fork(hello), fork(hello)];
await Promise.all(children.map((child) => once(child, 'message')));
process.once('message', () => {
  for (const child of children) child.disconnect();
  process.disconnect();
});
process.send(children.map(({ pid }) => pid));
