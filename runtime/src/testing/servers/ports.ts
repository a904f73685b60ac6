import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_TIMEOUT_MS = 2_000;

/** A port of this machine's loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Says something to a port, if there is something to say.
 * @returns the beginning of the answer
 * @throws Error where nobody listens, or nobody answers
 */
export async function answerOf(port: number, said?: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    if (said !== undefined) socket.write(said);
    const late = sleep(ANSWER_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`port ${port} does not answer`);
    });
    const [chunk] = (await Promise.race([once(socket, 'data'), late])) as [Buffer];
    return chunk.toString('latin1');
  } finally {
    socket.destroy();
  }
}

/** As `answerOf`, and the answer must begin with a text. */
export async function expectAnswer(port: number, begin: string, said?: string | Buffer): Promise<void> {
  const answer = await answerOf(port, said);
  if (!answer.startsWith(begin)) throw new Error(`port ${port} says ${JSON.stringify(answer.slice(0, 80))}`);
}

/** Rejects when nobody listens there. */
export async function canConnect(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
