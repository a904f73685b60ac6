import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect, createInbox, type NatsConnection, nanos } from '@nats-io/transport-node';
import type { OpenedByHand } from './bare-queue.js';

interface Delivery {
  readonly token: string;
  readonly value: unknown;
}

export async function openByHand(
  servers: string,
  { leaseMs }: { readonly leaseMs: number },
): Promise<OpenedByHand<Delivery>> {
  const connection = await connect({ servers });
  const client = jetstream(connection);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'by_hand', subjects: ['by.hand'], retention: RetentionPolicy.Workqueue });
  await manager.consumers.add('by_hand', {
    durable_name: 'jobs',
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(leaseMs),
    max_ack_pending: -1,
  });
  return {
    put: (values) => Promise.all(values.map((value) => client.publish('by.hand', JSON.stringify(value)))),
    reserve: (batch) => pull(connection, batch),
    ack: (leases) => Promise.all(leases.map(({ token }) => connection.request(token, '+ACK'))),
    close: () => connection.close(),
  };
}

function pull(connection: NatsConnection, batch: number): Promise<Delivery[]> {
  const inbox = createInbox();
  return new Promise((resolve) => {
    const leases: Delivery[] = [];
    const subscription = connection.subscribe(inbox, {
      callback: (_error, message) => {
        const isEnd = (message.headers?.code ?? 0) !== 0;
        if (!isEnd) leases.push({ token: message.reply!, value: message.json() });
        if (!isEnd && leases.length < batch) return;
        subscription.unsubscribe();
        resolve(leases);
      },
    });
    const request = JSON.stringify({ batch, no_wait: true });
    connection.publish('$JS.API.CONSUMER.MSG.NEXT.by_hand.jobs', request, { reply: inbox });
  });
}
