import { connect } from 'amqplib';

const QUEUE = 'by-hand';

export async function openByHand(url) {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  return {
    put: async (values) => {
      for (const value of values)
        channel.sendToQueue(QUEUE, Buffer.from(JSON.stringify(value)), { persistent: true });
      await channel.waitForConfirms();
    },
    reserve: async (max) => {
      const leases = [];
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
