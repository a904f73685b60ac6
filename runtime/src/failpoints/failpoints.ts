/**
 * Every place where a test can make a process die, and what is half-done there.
 * A test holds this table to the calls in the sources.
 */
export const FAILPOINTS = {
  'queue.registering': 'A handle has claimed its entry among the participants and not filled it.',
  'queue.file-made': 'A queue is whole under its unfinished name.',
  'queue.file-linked': 'A queue has its own name and still the unfinished one.',
  'queue.lock-held': 'The lock is taken, nothing is done.',
  'queue.before-unlock': 'All is done, the lock still held.',
  'queue.put-allocated': 'A unit is off the free list, and nothing is written.',
  'queue.put-written': 'A value is written, not published.',
  'queue.put-published': 'A value is published, in no heap.',
  'queue.large-value-written': 'The file of a large value is there, and nothing refers to it.',
  'queue.lease-written': 'A lease is written, its unit still ready.',
  'queue.leased': 'A unit is leased, and still in the ready heap.',
  'queue.ack-unlisted': 'An acknowledged unit is in no heap, and still leased.',
  'queue.freed': 'A unit is free, and not on the free list.',
  'queue.given-back': 'A unit is ready or delayed again, in no heap.',
  'queue.delay-over': 'A delayed unit is ready, in no heap.',
  'queue.buried': 'A unit is dead, and still among the timers.',
  'queue.revived': 'A dead letter is ready, in no heap.',
  'queue.extended': 'A lease is longer, and not among the timers.',
  'queue.marked-destroyed': 'A queue is marked as destroyed, its file still there.',
  'queue.repair-scanned': 'A repair has looked at all units and changed no list.',
  'queue.repair-freed': 'A repair has made the free list and no heap.',
  'queue.repair-listed': 'A repair is complete.',
  'pool.booting': 'A child has started and has neither memory nor parent’s death wish.',
  'pool.serving': 'A child is ready and has taken nothing.',
  'pool.idle': 'A child is about to sleep.',
  'pool.before-take': 'A child is about to take a job.',
  'pool.taken': 'A child has taken a job and not begun it.',
  'pool.loading': 'A child is about to load a worker’s module.',
  'pool.in-job': 'A child is about to call `process`.',
  'pool.after-job': '`process` has returned, and nothing of the result is written.',
  'pool.result-written': 'The result is in the ring, not published.',
  'pool.result-published': 'The result is published, the parent not rung.',
  'pool.parcel-sent': 'A large result lies in a segment of its own, and the parent has not been told.',
  'pool.notice': 'A child is about to tell the class’s listeners of an end.',
  'parent.forked': 'A child has been forked, and nothing ties it to its parent.',
} as const satisfies Record<string, string>;

export type FailpointName = keyof typeof FAILPOINTS;
