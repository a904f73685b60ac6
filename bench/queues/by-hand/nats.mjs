import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect, createInbox, nanos } from '@nats-io/transport-node';

export async function openByHand(servers, { leaseMs }) {
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

function pull(connection, batch) {
  const inbox = createInbox();
  return new Promise((resolve) => {
    const leases = [];
    const subscription = connection.subscribe(inbox, {
      callback: (_error, message) => {
        const isEnd = (message.headers?.code ?? 0) !== 0;
        if (!isEnd) leases.push({ token: message.reply, value: message.json() });
        if (!isEnd && leases.length < batch) return;
        subscription.unsubscribe();
        resolve(leases);
      },
    });
    const request = JSON.stringify({ batch, no_wait: true });
    connection.publish('$JS.API.CONSUMER.MSG.NEXT.by_hand.jobs', request, { reply: inbox });
  });
}
