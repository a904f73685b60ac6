import { randomUUID } from 'node:crypto';
import { connect, type GetMessage } from 'amqplib';
import type { OpenedByHand } from './bare-queue.js';

const QUEUE = 'by-hand';
const DEAD = 'by-hand-dead';

interface Delivery {
  readonly message: GetMessage;
  readonly value: unknown;
}

export async function openByHand(url: string): Promise<OpenedByHand<Delivery>> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  // As the adapter has it: with a queue for dead letters, and an id for each message.
  await channel.assertQueue(DEAD, { durable: true });
  await channel.assertQueue(QUEUE, {
    durable: true,
    deadLetterExchange: '',
    deadLetterRoutingKey: DEAD,
    arguments: { 'x-queue-type': 'quorum' },
  });
  return {
    put: async (values) => {
      for (const value of values) {
        const properties = { persistent: true, mandatory: true, messageId: randomUUID() };
        channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(value)), properties);
      }
      await channel.waitForConfirms();
    },
    reserve: async (max) => {
      const leases: Delivery[] = [];
      while (leases.length < max) {
        const message = await channel.get(QUEUE);
        if (message === false) break;
        leases.push({ message, value: JSON.parse(message.content.toString()) });
      }
      return leases;
    },
    ack: async (leases) => {
      for (const { message } of leases) channel.ack(message);
      await channel.checkQueue(QUEUE);
    },
    close: () => connection.close(),
  };
}
