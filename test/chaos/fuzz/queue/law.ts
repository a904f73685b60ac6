import type { Done, Held } from './log.js';

/** What is known of a round when its operations are judged. Times in microseconds. */
export interface Evidence {
  readonly operations: readonly Done[];
  /** Values that the queue still had at its end, dead letters among them. */
  readonly remaining: readonly number[];
  readonly leaseUs: number;
  readonly maxAttempts: number;
  /** When actors died. */
  readonly deaths: ReadonlyMap<number, number>;
  /** Nobody was killed or stopped, and nobody closed. */
  readonly isCalm: boolean;
}

interface Delivery extends Held {
  readonly actor: number;
  /** The reservation was called, and had returned. */
  readonly from: number;
  readonly to: number;
}

const FORGETS = ['clear', 'clearDead'];
const GIVES = ['reserve', 'extend', 'ack', 'nack'];

export function problemsOf(evidence: Evidence): string[] {
  const told = evidence.operations.flatMap(({ op, actor, problem }) =>
    problem === undefined ? [] : [`${op} of actor ${actor}: ${problem}`],
  );
  const deliveries = deliveriesOf(evidence.operations);
  return [
    ...told,
    ...wrongAccounts(evidence),
    ...wrongAttempts(evidence, deliveries),
    ...wrongHolders(evidence, deliveries),
    ...(evidence.isCalm ? wrongOrder(evidence, deliveries) : []),
  ];
}

function deliveriesOf(operations: readonly Done[]): Delivery[] {
  return operations.flatMap(({ op, leases = [], actor, from, to }) =>
    op === 'reserve' && to !== Number.POSITIVE_INFINITY
      ? leases.map((held) => ({ ...held, actor, from, to }))
      : [],
  );
}

/** How often each value was taken for good. */
function takenTimes(operations: readonly Done[]): Map<number, number> {
  const times = new Map<number, number>();
  const take = (n: number) => times.set(n, (times.get(n) ?? 0) + 1);
  for (const { op, ns = [], leases = [], outcomes = [] } of operations) {
    if (op === 'take' || op === 'takeAll') for (const n of ns) take(n);
    if (op === 'ack') for (const [at, held] of leases.entries()) if (outcomes[at] === 'ok') take(held.n);
  }
  return times;
}

/** Nothing is lost, and nothing taken twice. */
function wrongAccounts({ operations, remaining }: Evidence): string[] {
  const problems: string[] = [];
  const taken = takenTimes(operations);
  for (const n of remaining) taken.set(n, (taken.get(n) ?? 0) + 1);
  for (const [n, times] of taken)
    if (times > 1) problems.push(`value ${n} was taken ${times} times, what remains included`);
  const putNs = new Set(operations.flatMap(({ op, ns = [] }) => (op === 'put' ? ns : [])));
  for (const n of taken.keys()) if (!putNs.has(n)) problems.push(`value ${n} was never put`);
  if (operations.some(({ op }) => FORGETS.includes(op))) return problems;
  const unknown = unknownEnds(operations);
  if (unknown === undefined) return problems;
  const lost = certainlyPut(operations).filter((n) => !taken.has(n) && !unknown.ns.has(n));
  if (lost.length > unknown.others) problems.push(`lost: ${lost.slice(0, 10).join(', ')}`);
  return problems;
}

/** What actors may have taken in the operation in which they were killed; `undefined` when that may be anything. */
function unknownEnds(operations: readonly Done[]): { ns: Set<number>; others: number } | undefined {
  const ns = new Set<number>();
  let others = 0;
  for (const { op, to, leases = [], outcomes = [] } of operations) {
    const isKnown = to !== Number.POSITIVE_INFINITY && outcomes[0]?.startsWith('ERR_') !== true;
    if (isKnown) continue;
    if (op === 'takeAll') return undefined;
    if (op === 'take') others += 1;
    if (op === 'ack') for (const { n } of leases) ns.add(n);
  }
  return { ns, others };
}

/** Values of `put` that has returned; one with a key may have found that the key was there. */
function certainlyPut(operations: readonly Done[]): number[] {
  return operations.flatMap(({ op, ns = [], ids, key }) =>
    op === 'put' && ids !== undefined && key === undefined ? ns : [],
  );
}

function wrongAttempts({ maxAttempts }: Evidence, deliveries: readonly Delivery[]): string[] {
  return deliveries
    .filter(({ attempt }) => attempt < 1 || attempt > maxAttempts)
    .map(({ n, attempt }) => `value ${n} was delivered as attempt ${attempt} of ${maxAttempts}`);
}

function byValue(deliveries: readonly Delivery[]): Map<number, Delivery[]> {
  const grouped = new Map<number, Delivery[]>();
  for (const delivery of deliveries) grouped.set(delivery.n, [...(grouped.get(delivery.n) ?? []), delivery]);
  return grouped;
}

/** No second holder while the first one has its lease. */
function wrongHolders(evidence: Evidence, deliveries: readonly Delivery[]): string[] {
  const problems: string[] = [];
  const held = lastHeld(evidence);
  for (const [n, ofValue] of byValue(deliveries))
    for (const first of ofValue) {
      const until = heldUntil(first, evidence, held);
      const second = ofValue.find((other) => other !== first && other.from >= first.to && other.to < until);
      if (second === undefined) continue;
      const [one, other] = [first, second].map(({ actor, token }) => `${actor} (${token})`);
      problems.push(`value ${n} was given to ${other} while ${one} held it`);
    }
  return problems;
}

/** When each token was last told to be held still: at the call of what had the outcome 'ok'. */
function lastHeld({ operations }: Evidence): Map<string, number> {
  const held = new Map<string, number>();
  for (const { op, from, leases = [], outcomes = [] } of operations)
    if (GIVES.includes(op))
      for (const [at, { n, token }] of leases.entries())
        if (outcomes[at] === 'ok') held.set(`${n} ${token}`, Math.max(from, held.get(`${n} ${token}`) ?? 0));
  return held;
}

/** A handle that is closed gives back what it has, also what it was just being given. */
function givesBack({ op, from, to, leases = [] }: Done, delivery: Delivery): boolean {
  if (op === 'close') return to >= delivery.from;
  const isSettled = op === 'nack' || op === 'ack';
  return (
    isSettled &&
    from >= delivery.to &&
    leases.some(({ n, token }) => n === delivery.n && token === delivery.token)
  );
}

/** Until when nobody else may have had it: told to be held still, or not given back and within the lease. */
function heldUntil(delivery: Delivery, evidence: Evidence, held: ReadonlyMap<string, number>): number {
  const { n, token, actor, from } = delivery;
  const told = held.get(`${n} ${token}`) ?? 0;
  const gaveBack = evidence.operations
    .filter((one) => one.actor === actor && givesBack(one, delivery))
    .map(({ from: at }) => at);
  const death = evidence.deaths.get(actor) ?? Number.POSITIVE_INFINITY;
  return Math.max(told, Math.min(from + evidence.leaseUs, death, ...gaveBack));
}

interface Waiting {
  readonly n: number;
  readonly priority: number;
  readonly put: Done;
  readonly first: Delivery;
}

/** First in, first out within a priority, higher ones first: of values that were ready from the start. */
function wrongOrder({ operations }: Evidence, deliveries: readonly Delivery[]): string[] {
  const firsts = new Map<number, Delivery>();
  for (const delivery of deliveries) {
    const known = firsts.get(delivery.n);
    if (known === undefined || delivery.to < known.to) firsts.set(delivery.n, delivery);
  }
  const values = operations.flatMap((put): Waiting[] =>
    put.op === 'put' && put.ids !== undefined && put.delayMs === 0 && put.key === undefined
      ? put.ns!.flatMap((n) => {
          const first = firsts.get(n);
          return first === undefined || first.attempt !== 1
            ? []
            : [{ n, priority: put.priority!, put, first }];
        })
      : [],
  );
  return values.flatMap((one) => {
    const before = values.find(
      (other) =>
        other.first.to < one.first.from &&
        (other.priority === one.priority
          ? one.put.to < other.put.from
          : other.priority < one.priority && one.put.to < other.first.from),
    );
    return before === undefined ? [] : [`value ${before.n} was delivered before ${one.n}, which is first`];
  });
}
