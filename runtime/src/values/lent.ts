/** Says how a view of memory that is lent crosses; `undefined` where it is copied as any other. */
export type Lend = (
  view: object,
  memory: ArrayBuffer,
  kind: number,
) => { readonly tag: string; readonly descriptor: unknown } | undefined;

let hasAny = false;
const returned = new WeakSet<object>();

/** This memory was lent, and was given back: nobody may send what is left of it. */
export function noteReturned(memory: ArrayBuffer): void {
  hasAny = true;
  returned.add(memory);
}

/** Why bytes of this memory cannot be sent, to be read after their path; `undefined` when they can. */
export function refusalOfReturned(memory: ArrayBufferLike): string | undefined {
  return hasAny && returned.has(memory)
    ? 'was given back by release(); release an array when the jobs that have it are done'
    : undefined;
}
