import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

const KEYS = ['ready', 'leased', 'values', 'tokens', 'seq'].map((key) => `by-hand:${key}`);

const PUT = `for i = 1, #ARGV do
  local id = string.format('%016d', redis.call('INCR', KEYS[5]))
  redis.call('HSET', KEYS[3], id, ARGV[i])
  redis.call('ZADD', KEYS[1], 0, id)
end`;
const RESERVE = `local popped, leases = redis.call('ZPOPMIN', KEYS[1], ARGV[1]), {}
for i = 1, #popped, 2 do
  redis.call('ZADD', KEYS[2], ARGV[2], popped[i])
  redis.call('HSET', KEYS[4], popped[i], ARGV[3] .. i)
  leases[#leases + 1] = {popped[i], redis.call('HGET', KEYS[3], popped[i]), ARGV[3] .. i}
end
return leases`;
const ACK = `for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[4], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZREM', KEYS[2], ARGV[i])
    redis.call('HDEL', KEYS[4], ARGV[i])
    redis.call('HDEL', KEYS[3], ARGV[i])
  end
end`;

export async function openByHand(url, { leaseMs }) {
  const redis = new Redis(url);
  const [put, reserve, ack] = await Promise.all([PUT, RESERVE, ACK].map((lua) => redis.script('LOAD', lua)));
  const call = (sha, ...args) => redis.evalsha(sha, KEYS.length, ...KEYS, ...args);
  return {
    put: (values) => call(put, ...values.map((value) => JSON.stringify(value))),
    reserve: async (max) => {
      const rows = await call(reserve, max, Date.now() + leaseMs, randomUUID());
      return rows.map(([id, value, token]) => ({ id, token, value: JSON.parse(value) }));
    },
    ack: (leases) => call(ack, ...leases.flatMap(({ id, token }) => [id, token])),
    close: async () => redis.disconnect(),
  };
}
