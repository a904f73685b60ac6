import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Held, OpenedByHand } from './bare-queue.js';

const KEYS = ['ready', 'leased', 'values', 'tokens', 'attempts', 'seq'].map((key) => `by-hand:${key}`);

const BEGIN = `local ready, leased, values, tokens, attempts, seq = unpack(KEYS)
local call, time = redis.call, redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;
const PUT = `${BEGIN}local ids = {}
for i = 1, #ARGV do
  local id = string.format('%016d', call('INCR', seq))
  call('HSET', values, id, ARGV[i])
  call('ZADD', ready, 0, id)
  ids[i] = id
end
return ids`;
// As many values by one command as in the adapter.
const RESERVE = `${BEGIN}local popped, counted, named, ends, leases = call('ZPOPMIN', ready, ARGV[1]), {}, {}, {}, {}
for i = 1, #popped, 2 do
  local id, token = popped[i], ARGV[3] .. i
  local attempt = tonumber(call('HGET', attempts, id) or 0) + 1
  counted[#counted + 1], counted[#counted + 2] = id, attempt
  named[#named + 1], named[#named + 2] = id, token
  ends[#ends + 1], ends[#ends + 2] = now + ARGV[2], id
  leases[#leases + 1] = {id, token, attempt, call('HGET', values, id)}
end
if #popped > 0 then
  call('HSET', attempts, unpack(counted))
  call('HSET', tokens, unpack(named))
  call('ZADD', leased, unpack(ends))
end
return leases`;
const ACK = `${BEGIN}local settled, done = {}, {}
for i = 1, #ARGV, 2 do
  local id = ARGV[i]
  local held = call('HGET', tokens, id) == ARGV[i + 1] and tonumber(call('ZSCORE', leased, id)) > now
  if held then done[#done + 1] = id end
  settled[#settled + 1] = held and 1 or 0
end
if #done > 0 then
  call('ZREM', leased, unpack(done))
  for _, hash in ipairs({tokens, values, attempts}) do call('HDEL', hash, unpack(done)) end
end
return settled`;

type Row = readonly [id: string, token: string, attempt: number, value: string];

export async function openByHand(
  url: string,
  { leaseMs }: { readonly leaseMs: number },
): Promise<OpenedByHand<Held>> {
  const redis = new Redis(url);
  const scripts = await Promise.all([PUT, RESERVE, ACK].map((lua) => redis.script('LOAD', lua)));
  const [put, reserve, ack] = scripts as [string, string, string];
  const call = (sha: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.evalsha(sha, KEYS.length, ...KEYS, ...args);
  return {
    put: (values) => call(put, ...values.map((value) => JSON.stringify(value))),
    reserve: async (max) => {
      const rows = (await call(reserve, max, leaseMs, randomUUID())) as Row[];
      return rows.map(([id, token, attempt, value]) => ({ id, token, attempt, value: JSON.parse(value) }));
    },
    ack: (leases) => call(ack, ...leases.flatMap(({ id, token }) => [id, token])),
    close: async () => redis.disconnect(),
  };
}
