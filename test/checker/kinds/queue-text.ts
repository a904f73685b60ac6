/** The members of a queue that a case does not write itself. */
const MEMBERS: Readonly<Record<string, string>> = {
  put: 'async put(_values: string | readonly string[]): Promise<string[]> { return []; }',
  pop: 'async pop(): Promise<string | undefined> { return undefined; }',
  reserve: 'async reserve(_max: number): Promise<Lease<string>[]> { return []; }',
  ...Object.fromEntries(
    ['ack', 'nack', 'extend'].map((name) => [
      name,
      `async ${name}(leases: readonly Lease<string>[]): Promise<Outcome[]> { return leases.map((l) => (l.token === '' ? 'ok' : 'lost')); }`,
    ]),
  ),
  size: 'async size(): Promise<number> { return 0; }',
  counts: 'async counts(): Promise<QueueCounts> { return { ready: 0, delayed: 0, leased: 0, dead: 0 }; }',
  getAll: 'async getAll(): Promise<string[]> { return []; }',
  at: 'async at(_index: number): Promise<string | undefined> { return undefined; }',
  clear: 'async clear(): Promise<number> { return 0; }',
  close: 'async close(): Promise<void> {}',
  destroy: 'async destroy(): Promise<void> {}',
  dispose: 'async [Symbol.asyncDispose](): Promise<void> {}',
  iterator: 'async *[Symbol.asyncIterator](): AsyncGenerator<string> {}',
};
const IMPORTS = `import { type DeadLetters, type Lease, type Outcome, type Queue, type QueueCounts, type QueueSupport, UnsupportedError } from 'mproc-worker';
interface Row { id: string; value: string }
interface Db { all(sql: string, ...values: unknown[]): Promise<Row[]>; run(sql: string, ...values: unknown[]): Promise<{ changes: number }> }`;
const ENGINE = `declare readonly db: Db;
private claim(rows: Row[]): Lease<string>[] { return rows.map((row) => ({ ...row, token: row.id, attempt: 1, deadline: 0 })); }`;

/** `QUEUE` … `ENDQ` and `BARE` … `ENDB` become a whole class `Jobs` around the members between them. */
export function expandQueue(text: string): string {
  return text
    .replace(/^QUEUE\n([\s\S]*?)^ENDQ$/gm, (_, members: string) => queueWith(members, true))
    .replace(/^BARE\n([\s\S]*?)^ENDB$/gm, (_, members: string) => queueWith(members, false));
}

function queueWith(members: string, declares: boolean): string {
  const written = new Set([...members.matchAll(/^\s*(?:async )?(?:get )?(\w+)\(/gm)].map(([, name]) => name));
  const others = Object.entries(MEMBERS).filter(([name]) => !written.has(name));
  return [
    IMPORTS,
    `export class Jobs ${declares ? 'implements Queue<string> ' : ''}{`,
    'declare readonly supports: QueueSupport;',
    written.has('dead') ? '' : 'declare readonly dead: DeadLetters<string>;',
    'constructor(readonly name: string) {}',
    declares ? ENGINE : '',
    ...others.map(([, member]) => member),
    members,
    '}',
    'void UnsupportedError;',
  ].join('\n');
}
