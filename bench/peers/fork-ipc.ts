import { fork, type SerializationType } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { oneByOne } from './one-by-one.js';
import type { Peer, PeerPool } from './peer.js';

const file = fileURLToPath(new URL('./fork-ipc-process.mjs', import.meta.url));

interface ForkPool extends PeerPool {
  readonly pids: readonly (number | undefined)[];
}
type Answer = readonly [id: number, value: unknown];

/** Nothing but `fork` and its messages: what a pool over them cannot beat. */
export function forkIpc(serialization: SerializationType = 'json'): Peer<ForkPool> {
  return {
    name: `fork, ${serialization} messages`,
    open({ processes, job }) {
      const children = Array.from({ length: processes }, () => fork(file, [job], { serialization }));
      const waiting = new Map<number, (value: unknown) => void>();
      let sent = 0;
      for (const child of children)
        child.on('message', (message) => {
          const [id, value] = message as unknown as Answer;
          waiting.get(id)!(value);
          waiting.delete(id);
        });
      const run = (input: unknown): Promise<unknown> =>
        new Promise((resolve) => {
          const id = sent++;
          waiting.set(id, resolve);
          children[id % processes]!.send([id, input]);
        });
      const close = async (): Promise<void> => {
        const exits = children.map((child) => once(child, 'exit'));
        for (const child of children) child.disconnect();
        await Promise.all(exits);
      };
      return { ...oneByOne(run, close), pids: children.map(({ pid }) => pid) };
    },
  };
}
