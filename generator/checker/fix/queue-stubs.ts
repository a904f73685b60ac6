/** Members that follow from others. */
const DERIVED: Readonly<Record<string, string>> = {
  pop: `async pop(): Promise<{value} | undefined> {
  const [lease] = await this.reserve(1);
  if (lease === undefined) return undefined;
  await this.ack([lease]);
  return lease.value;
}`,
  size: `async size(): Promise<number> {
  const { ready, delayed } = await this.counts();
  return ready + delayed;
}`,
  at: `async at(index: number): Promise<{value} | undefined> {
  const values = await this.getAll({ limit: index + 1 });
  return values[index];
}`,
  '[Symbol.asyncDispose]': `async [Symbol.asyncDispose](): Promise<void> {
  await this.close();
}`,
  '[Symbol.asyncIterator]': `async *[Symbol.asyncIterator](): ReturnType<{queue}[typeof Symbol.asyncIterator]> {
  for (let value = await this.pop(); value !== undefined; value = await this.pop()) yield value;
}`,
};

/** Members that need the engine: until they are written, they say that they cannot. */
const OF_THE_ENGINE = new Set([
  'put',
  'reserve',
  'ack',
  'nack',
  'extend',
  'counts',
  'getAll',
  'clear',
  'close',
  'destroy',
]);

/** A member of a queue that compiles; `undefined` for what only the author knows (`name`, `supports`, `dead`). */
export function stubOf(member: string, queueType: string, valueType: string): string | undefined {
  const derived = DERIVED[member];
  if (derived !== undefined) return derived.replaceAll('{queue}', queueType).replaceAll('{value}', valueType);
  if (!OF_THE_ENGINE.has(member)) return undefined;
  return `async ${member}(..._args: Parameters<${queueType}['${member}']>): Promise<Awaited<ReturnType<${queueType}['${member}']>>> {
  throw new UnsupportedError(\`queue \${this.name}\`, '${member}');
}`;
}
