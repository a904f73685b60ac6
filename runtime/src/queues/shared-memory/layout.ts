import { defineLayout, type SegmentLayout } from '../../layout/layout.js';

/** How many connections (queue objects in living processes) one queue serves at once. */
export const MAX_PARTICIPANTS = 256;

const underLock = 'whoever holds the lock';
const derived = 'whoever holds the lock; derived, made anew by a repair';
const maker = 'the maker, before the file gets its name';

export const HEADER = defineLayout(
  'Header',
  'What is true of the whole queue.',
  {
    magic: { type: 'u32', doc: 'what makes it a queue', writer: maker },
    version: { type: 'u32', doc: 'version of this layout', writer: maker },
    cellCount: { type: 'u32', doc: 'how many cells there are', writer: maker },
    identity: { type: 'u32', doc: 'a random number that tells queues of one name apart', writer: maker },
    pidNamespace: {
      type: 'f64',
      doc: 'in which process numbers mean the same, 0 where there are none',
      writer: maker,
    },
    destroyed: {
      type: 'i32',
      doc: '1 once the file has been removed; a number of its own, from 2 on, while a cleaner makes sure that nobody uses it',
      writer: 'who destroys; a cleaner, by compare-and-swap; who opens, from 2 or more back to 0',
    },
    eventCount: {
      type: 'u32',
      doc: 'count of notifications; written through the file too, to wake sleepers, who watch the file',
      writer: 'who is about to put or give back something while `sleepers` is 1; who destroys the queue',
    },
    lock: {
      type: 'i32',
      alignBytes: 64,
      doc: 'low 12 bits: index of the owner + 1, 0 when free; high 20 bits: count of acquisitions',
      writer: 'who takes, frees or takes over the lock, by compare-and-swap',
    },
    generation: { type: 'i32', doc: 'how often the queue was repaired', writer: underLock },
    sleepers: { type: 'i32', doc: '1 when somebody may be waiting for the eventCount', writer: underLock },
    freeHead: { type: 'u32', doc: 'first free cell + 1 of those that were in use before', writer: derived },
    freeCount: { type: 'u32', doc: 'how many cells are free', writer: derived },
    readyCount: { type: 'u32', doc: 'entries of the ready heap', writer: derived },
    timerCount: { type: 'u32', doc: 'entries of the timer heap', writer: derived },
    leasedCount: { type: 'u32', doc: 'how many entries of the timer heap are leases', writer: derived },
    deadCount: { type: 'u32', doc: 'how many values are dead letters', writer: derived },
    untakenFrom: {
      type: 'u32',
      doc: 'cells from this one on are free, and in no list: most were never touched',
      writer: derived,
    },
    nextSequence: { type: 'f64', doc: 'sequence number of the next value', writer: underLock },
    nextToken: { type: 'f64', doc: 'token of the next delivery', writer: underLock },
  },
  64,
);

export const PARTICIPANT = defineLayout(
  'Participant',
  'One connection on the queue. A process is known by its pid and the time it began, so that another process with the same pid is not taken for it.',
  {
    pid: {
      type: 'i32',
      doc: 'the process, 0 when the entry is free; while it registers −(process + 2^22 × start time of the process modulo 511)',
      writer: 'who registers, by compare-and-swap from 0 or from a dead process; itself when it leaves',
    },
    threadId: { type: 'i32', doc: 'thread of the connection, as the system numbers it', writer: 'itself' },
    startTime: { type: 'f64', doc: 'when the thread began, in ticks since boot', writer: 'itself' },
    incarnation: { type: 'i32', doc: 'raised when the entry gets another owner', writer: 'itself' },
  },
  32,
);

export const CELL = defineLayout(
  'Cell',
  'A value, or the first part of one. `state` is the truth; the lists and heaps follow from the states of all cells.',
  {
    state: {
      type: 'i32',
      doc: 'bits 0-3: free, continuation, ready, delayed, leased, dead; bits 4-19: attempts; bits 20-31: check of the others',
      writer: `${underLock}, always last and by one atomic store`,
    },
    next: { type: 'u32', doc: 'next free cell + 1, or first continuation + 1', writer: underLock },
    timerAt: { type: 'u32', doc: 'where it is in the timer heap', writer: derived },
    lengthBytes: { type: 'u32', doc: 'length of key and value', writer: 'the producer, before `state`' },
    checksum: {
      type: 'i32',
      doc: 'over key, value and all that never changes',
      writer: 'the producer, before `state`',
    },
    keyLengthBytes: {
      type: 'u32',
      doc: 'length of the dedupe key, 0 for none',
      writer: 'the producer, before `state`',
    },
    keyHash: { type: 'u32', doc: 'hash of the dedupe key', writer: 'the producer, before `state`' },
    keyNext: { type: 'u32', doc: 'next cell of the same bucket + 1', writer: derived },
    sequence: { type: 'f64', doc: 'its number, by which it is first in, first out', writer: 'the producer' },
    time: {
      type: 'f64',
      doc: 'when delayed: visible from; when leased: until; monotonic milliseconds',
      writer: `${underLock}, before \`state\`; alone when a lease is extended`,
    },
    token: { type: 'f64', doc: 'number of the delivery', writer: 'the lessee, before `state`' },
    priority: { type: 'i32', doc: 'higher is served first', writer: 'the producer, before `state`' },
    owner: { type: 'u32', doc: 'participant that leased it', writer: 'the lessee, before `state`' },
    incarnation: { type: 'i32', doc: "the owner's incarnation", writer: 'the lessee, before `state`' },
    maxAttempts: {
      type: 'u32',
      doc: 'after so many attempts it is dead',
      writer: 'the lessee, before `state`',
    },
    reason: {
      type: 'u32',
      doc: 'why it is dead; before that 0, or the hash of its limit key and its permit',
      writer: `${underLock}, before \`state\``,
    },
    filePid: { type: 'u32', doc: 'who made the file of a large value, 0 for none', writer: 'the producer' },
    fileNumber: { type: 'u32', doc: "number of that file among its maker's", writer: 'the producer' },
    payload: { type: 'u8', count: 44, doc: 'the first bytes of key and value', writer: 'the producer' },
  },
  128,
);

export const CONTINUATION = defineLayout(
  'Continuation',
  'A cell that holds a further part of a value.',
  {
    state: { type: 'i32', doc: 'continuation, or free', writer: underLock },
    next: { type: 'u32', doc: 'next continuation + 1, or next free cell + 1', writer: underLock },
    payload: { type: 'u8', count: 120, doc: 'bytes of key and value', writer: 'the producer' },
  },
  128,
);

export const HEAP_ENTRY = defineLayout('HeapEntry', 'A cell in the ready heap or in the timer heap.', {
  order: { type: 'f64', doc: 'ready: its sequence; timers: its time', writer: derived },
  priority: { type: 'i32', doc: 'ready: its priority; timers: 0', writer: derived },
  cell: { type: 'u32', doc: 'index of the cell', writer: derived },
});

export const BUCKET = defineLayout(
  'Bucket',
  'Where the values whose dedupe key has a certain hash are chained.',
  { first: { type: 'u32', doc: 'first cell + 1, 0 for none', writer: derived } },
  4,
);

export const QUEUE_SEGMENT = {
  name: 'SharedMemoryQueue',
  doc: 'A queue that unrelated processes share: the file `mproc-q-<name>` in /dev/shm, mode 0600.',
  magic: 0x4d505151,
  version: 3,
  parts: {
    header: { layout: HEADER, count: 1 },
    participants: { layout: PARTICIPANT, count: MAX_PARTICIPANTS },
    buckets: { layout: BUCKET, count: 'cellCount' },
    ready: { layout: HEAP_ENTRY, count: 'cellCount' },
    timers: { layout: HEAP_ENTRY, count: 'cellCount' },
    cells: { layout: CELL, count: 'cellCount' },
  },
  notes: `
**What is true.** Only \`state\` and what the producer wrote before it. Every operation prepares its fields and then makes
its change with one atomic store to \`state\`; whoever dies before that store has done nothing, whoever dies after it has
done all. The free list, both heaps, the buckets and the counts are derived: a repair makes them anew from the cells.

**The lock.** All but registering happens under one lock, held for microseconds and never across an \`await\`. Its word names
the owner. Who finds it taken spins briefly, then sleeps in the event loop for 1 to 4 ms at a time and looks whether the
owner still lives (pid, thread and start time). A dead owner's lock is taken over by compare-and-swap, the word's count of
acquisitions making sure that it is still the same acquisition, and the queue is repaired before anything else happens.

**A stopped owner** (SIGSTOP while it holds the lock) is not robbed: it would go on writing where it was stopped, and nothing
can fence a plain store to mapped memory. The others wait up to \`lockTimeoutMs\`, their event loops free, and then reject
with \`ERR_LOCK_TIMEOUT\`, which names the process. When it continues, or is killed, the queue goes on as if nothing had been.

**Leases** end at \`time\` on the monotonic clock, which all processes of one boot share, so a jump of the wall clock changes
nothing. A lease belongs to the connection that reserved it: when its process is seen dead, the value is given back at once.
Each delivery has a new \`token\`; \`ack\`, \`nack\` and \`extend\` compare it, so a late holder changes nothing.

**Large values** (over an eighth of the segment) lie in a file of their own, \`mproc-q-<name>~x<pid>-<number>\`, with their length
and checksum in the cell. It is made before the value is published and removed after it is freed.

**Waking.** Who finds nothing to reserve watches the file (inotify), sets \`sleepers\` under the lock, and sleeps until the count
of notifications changes. Who is about to put something notifies before it does: it counts \`eventCount\` up, writes it through the file, which
wakes all watchers, and then clears \`sleepers\`, all under one hold of the lock. Who was notified waits for that lock, and takes it
over if its holder dies: a notification cannot get lost with a process. Idle consumers have timers for the next delay or lease to end,
one of 250 ms while others hold leases, to notice their death, and one of a second in which they look whether the count of notifications
has changed, because the system may drop what watchers are to be told.

**Damage.** Indexes are checked before use, walks are bounded, states carry a check and values a checksum. What does not fit
together leads to a repair; a value whose bytes are not what was put goes to the dead letters without its value.
`,
} as const satisfies SegmentLayout;
