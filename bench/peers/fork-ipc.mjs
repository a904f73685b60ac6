import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { oneByOne } from './one-by-one.mjs';

const file = fileURLToPath(new URL('./fork-ipc-process.mjs', import.meta.url));

/** Nothing but `fork` and its messages: what a pool over them cannot beat. */
export function forkIpc(serialization = 'json') {
  return {
    name: `fork, ${serialization} messages`,
    open({ processes, job }) {
      const children = Array.from({ length: processes }, () => fork(file, [job], { serialization }));
      const waiting = new Map();
      let sent = 0;
      for (const child of children)
        child.on('message', ([id, value]) => {
          waiting.get(id)(value);
          waiting.delete(id);
        });
      const run = (input) =>
        new Promise((resolve) => {
          const id = sent++;
          waiting.set(id, resolve);
          children[id % processes].send([id, input]);
        });
      const close = async () => {
        const exits = children.map((child) => once(child, 'exit'));
        for (const child of children) child.disconnect();
        await Promise.all(exits);
      };
      return { ...oneByOne(run, close), pids: children.map(({ pid }) => pid) };
    },
  };
}
