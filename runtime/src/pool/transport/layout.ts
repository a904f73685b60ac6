import { defineLayout, type SegmentLayout } from '../../layout/layout.js';

const CACHE_LINE = 64;

/** What a pool and its children share once. Times in the segment are milliseconds of the monotonic clock since `epoch`. */
export const POOL_HEADER = defineLayout(
  'pool header',
  'The head of a pool’s segment: what it is, how it is divided, and what the parent tells all children. They cannot write it.',
  {
    magic: {
      type: 'u32',
      doc: 'Says that this is a pool’s segment.',
      writer: 'parent, last when it makes the segment',
    },
    version: { type: 'u32', doc: 'Version of this layout.', writer: 'parent, once' },
    slotCount: { type: 'u32', doc: 'Number of job slots.', writer: 'parent, once' },
    orderLength: {
      type: 'u32',
      doc: 'Number of entries in an order ring; a power of two.',
      writer: 'parent, once',
    },
    childCount: { type: 'u32', doc: 'Number of child blocks and result rings.', writer: 'parent, once' },
    claimCount: { type: 'u32', doc: 'Number of claims of one child.', writer: 'parent, once' },
    ringBytes: { type: 'u32', doc: 'Length of one result ring; a power of two.', writer: 'parent, once' },
    arenaBytes: { type: 'u32', doc: 'Length of the arena of payloads.', writer: 'parent, once' },
    epoch: {
      type: 'f64',
      doc: 'Zero of the times in this segment, on the system’s monotonic clock, in ms.',
      writer: 'parent, once',
    },
    pid: { type: 'i32', doc: 'The parent.', writer: 'parent, once' },
    threadId: {
      type: 'i32',
      doc: 'Number of the worker thread of Node.js that made the pool, 0 for the main thread.',
      writer: 'parent, once',
    },
    tail: {
      type: 'i32',
      count: 2,
      alignBytes: CACHE_LINE,
      doc: 'Per order ring: position after the last waiting job. Storing it publishes the entries before it.',
      writer: 'parent',
    },
    last: {
      type: 'i32',
      count: 2,
      doc: 'Per order ring: slot of the entry before `tail`, and the lower bits of that `tail`: see `lastEntry`. A job that waits alone is found here, in the cache line that was read already.',
      writer: 'parent, before it stores `tail`',
    },
    wakeAfter: {
      type: 'i32',
      alignBytes: CACHE_LINE,
      doc: 'How many results a child may publish before it rings.',
      writer: 'parent',
    },
    traced: {
      type: 'i32',
      doc: 'Is the pool traced, so that children tell how long packing takes? 1 if it is.',
      writer: 'parent',
    },
    takers: {
      type: 'i32',
      doc: 'How many children are to be at small jobs at once; more would take the processors from each other.',
      writer: 'parent',
    },
  },
  CACHE_LINE,
);

/** What the parent keeps for others to look at. No child reads it: each record has cache lines of its own. */
export const POOL_FIGURES = defineLayout(
  'pool figures',
  'How the pool is doing, as of the last turn of its parent: for `mproc ps`, which reads it from another process.',
  {
    outstanding: {
      type: 'f64',
      alignBytes: CACHE_LINE,
      doc: 'Jobs that the pool has taken and not answered.',
      writer: 'parent',
    },
    waiting: {
      type: 'f64',
      doc: 'Jobs that wait and have no slot, values in arrays of calls included that no job was made of yet.',
      writer: 'parent',
    },
    delayed: { type: 'f64', doc: 'Outstanding jobs that wait for their next attempt.', writer: 'parent' },
    waitingSince: {
      type: 'f64',
      doc: 'Since when the oldest of those waits; 0 where none does.',
      writer: 'parent',
    },
    answered: { type: 'f64', doc: 'Jobs that were answered, failed ones too.', writer: 'parent' },
    failed: { type: 'f64', doc: 'Jobs that were answered with an error.', writer: 'parent' },
    freeBytes: { type: 'f64', doc: 'Bytes in free pages of the arena.', writer: 'parent' },
  },
  CACHE_LINE,
);

export const PROCESS_RECORD = defineLayout(
  'process record',
  'What the parent knows of a child, for `mproc ps`.',
  {
    pid: {
      type: 'i32',
      doc: 'The child; 0 when there is none.',
      writer: 'parent, when it forks and buries it',
    },
    spawned: { type: 'u32', doc: 'How many children have had this number.', writer: 'parent, before `pid`' },
    spawnedAt: { type: 'f64', doc: 'When the child was made.', writer: 'parent, before `pid`' },
    deathAt: {
      type: 'f64',
      doc: 'When the last child of this number died; 0 when none has.',
      writer: 'parent, after the fields of the death',
    },
    deathPid: { type: 'i32', doc: 'Who that was.', writer: 'parent' },
    deathSignal: { type: 'i32', doc: 'Number of the signal that ended it, 0 for none.', writer: 'parent' },
    deathExitCode: { type: 'i32', doc: 'Its exit code where no signal ended it.', writer: 'parent' },
  },
  CACHE_LINE,
);

export const CHILD_INBOX = defineLayout(
  'child inbox',
  'What the parent tells one child.',
  {
    ringHead: {
      type: 'i32',
      doc: 'Start of what the parent has not read of the result ring. Storing it gives the bytes before it back.',
      writer: 'parent',
    },
    largeValuesRead: {
      type: 'i32',
      doc: 'How many large values of this child the parent has read.',
      writer: 'parent',
    },
    orders: {
      type: 'i32',
      // A child looks at it before each job, and must not meet the parent at each `ringHead`.
      alignBytes: CACHE_LINE,
      doc: 'What the parent wants of it: see `ChildOrder`.',
      writer: 'parent',
    },
  },
  CACHE_LINE,
);

export const JOB_SLOT = defineLayout(
  'job slot',
  'What is to be done: one job, or a bundle of small ones. It is written while the slot is free and stays as it is until the slot is free again, `abort` excepted.',
  {
    use: {
      type: 'u32',
      doc: 'Which use of the slot this is. States, turns and result records name it, so that nothing of one use is taken for another’s.',
      writer: 'parent',
    },
    abort: { type: 'i32', doc: '1 when the job is asked to stop.', writer: 'parent' },
    payload: {
      type: 'u32',
      doc: 'Where the packed arguments start, in bytes from the start of the segment.',
      writer: 'parent',
    },
    payloadBytes: { type: 'u32', doc: 'Their length.', writer: 'parent' },
    task: { type: 'u32', doc: 'Number of the task: which worker, which options.', writer: 'parent' },
    taskAt: {
      type: 'u32',
      doc: 'Where the task’s description starts, in bytes from the start of the segment.',
      writer: 'parent',
    },
    call: {
      type: 'u32',
      doc: 'Number of the call that the job belongs to, its lower 32 bits; part of its id.',
      writer: 'parent',
    },
    callHigh: { type: 'u32', doc: 'The bits above those.', writer: 'parent' },
    index: {
      type: 'u32',
      doc: 'Position of the job within its call, its lower 32 bits; of the first of a bundle, whose others follow it.',
      writer: 'parent',
    },
    indexHigh: { type: 'u32', doc: 'The bits above those.', writer: 'parent' },
    attempt: {
      type: 'u32',
      doc: 'Number of the attempt, from 1, and flags above bit 16: see `JobFlag`.',
      writer: 'parent',
    },
    bundle: {
      type: 'u32',
      doc: 'How many jobs there are, each with the length of its arguments in 4 bytes before them, which begin at a multiple of 4; 0 where it is one job without that.',
      writer: 'parent',
    },
    queuedAt: { type: 'f64', doc: 'Since when it waits, for `mproc ps`.', writer: 'parent' },
  },
  CACHE_LINE,
);

export const ORDER_ENTRY = defineLayout(
  'order entry',
  'One position of the lane of waiting jobs.',
  { slot: { type: 'u32', doc: 'Number of a slot that was ready when this was written.', writer: 'parent' } },
  4,
);

export const SHARED_WORDS = defineLayout(
  'shared words',
  'What parent and children change together.',
  {
    head: {
      type: 'i32',
      count: 2,
      alignBytes: CACHE_LINE,
      doc: 'Per order ring: no waiting job lies before this position; a hint that only moves forward.',
      writer:
        'whoever passes an entry that is taken, or finds a position that cannot be, by compare-and-swap',
    },
    parentAsleep: {
      type: 'i32',
      alignBytes: CACHE_LINE,
      doc: 'Not 0 while the parent waits: see `ParentSleep`.',
      writer: 'parent sets it; whoever swaps it to 0 rings, or wakes who sleeps on it',
    },
    spinner: {
      type: 'i32',
      alignBytes: CACHE_LINE,
      doc: 'Number of the child that looks for jobs in a loop, plus one; 0 when none does. One at most.',
      writer: 'the child that swaps it from 0, and back; the parent for a dead one',
    },
  },
  CACHE_LINE,
);

export const SLOT_STATE = defineLayout(
  'slot state',
  'How far what lies in a job slot is.',
  {
    state: {
      type: 'i32',
      doc: 'Free, or the use of the slot with ready, or with running and the number of its child: one word, so that a job is taken by one swap.',
      writer: 'parent: free → ready, and → free; a child: ready → running, by compare-and-swap',
    },
    turn: {
      type: 'i32',
      doc: 'Which job of a bundle is the child’s now, whether it is the last, and which use of the slot this is: see `Turn`.',
      writer:
        'parent, when it fills the slot; a child that goes on to the next job, and either to end a bundle early, by compare-and-swap',
    },
    startedAt: {
      type: 'f64',
      doc: 'When the attempt began; 0 before.',
      writer: 'parent: 0; the child that runs it',
    },
  },
  CACHE_LINE,
);

export const CHILD_BLOCK = defineLayout(
  'child block',
  'What one child says of itself, in pages that no other child can write. Its claims follow it: the slots, plus one, that it has taken or is about to take.',
  {
    asleep: {
      type: 'i32',
      doc: 'Not 0 while the child waits: see `Sleep`.',
      writer: 'child sets it; whoever swaps it to 0 rings, or wakes who sleeps on it',
    },
    stage: {
      type: 'i32',
      doc: 'How far the child is: see `ChildStage`.',
      writer: 'child; the parent resets it before a fork',
    },
    loading: {
      type: 'i32',
      doc: 'Slot whose worker module is being loaded, plus one; else 0.',
      writer: 'child',
    },
    tookAt: {
      type: 'i32',
      doc: 'When the child last took a job, in microseconds since `epoch`, as far as 32 bits go.',
      writer: 'child',
    },
    jobs: {
      type: 'u32',
      doc: 'How many jobs it has ended, for `mproc ps`.',
      writer: 'child, when it takes the next and before it sleeps',
    },
    ringTail: {
      type: 'i32',
      alignBytes: CACHE_LINE,
      doc: 'End of what is published in the result ring. Storing it publishes the records before it.',
      writer: 'child',
    },
  },
  CACHE_LINE,
);

export const RESULT_RECORD = defineLayout(
  'result record',
  'One message of a child, in the order things happened; its payload follows, padded to 8 bytes.',
  {
    tag: {
      type: 'u32',
      doc: 'What it says, see `RecordKind`, and which use of the slot it is about: see `recordTag`.',
      writer: 'child',
    },
    job: {
      type: 'u32',
      doc: 'Slot of the job that it is about, and its position where it is one of a bundle: see `jobRef`.',
      writer: 'child',
    },
    payloadBytes: { type: 'u32', doc: 'Length of the payload that follows.', writer: 'child' },
    stateBytes: {
      type: 'u32',
      doc: 'How much of the payload, at its end, is the worker’s state.',
      writer: 'child',
    },
    startedAt: { type: 'f64', doc: 'When the attempt began.', writer: 'child' },
    endedAt: { type: 'f64', doc: 'When it ended, or when the event happened.', writer: 'child' },
  },
);

const BYTE = defineLayout(
  'byte',
  'Raw bytes.',
  { byte: { type: 'u8', doc: 'A byte.', writer: 'as the part says' } },
  1,
);

export const POOL_SEGMENT = {
  name: 'pool',
  doc: 'What a pool and its children share. Jobs go one way through slots, results the other way through one ring per child.',
  magic: 0x4d_50_4f_4c,
  version: 7,
  parts: {
    header: { layout: POOL_HEADER, count: 1 },
    figures: { layout: POOL_FIGURES, count: 1 },
    processes: { layout: PROCESS_RECORD, count: 'childCount' },
    inboxes: { layout: CHILD_INBOX, count: 'childCount' },
    slots: { layout: JOB_SLOT, count: 'slotCount' },
    urgent: { layout: ORDER_ENTRY, count: 'orderLength' },
    order: { layout: ORDER_ENTRY, count: 'orderLength' },
    shared: { layout: SHARED_WORDS, count: 1, beginsPage: true },
    states: { layout: SLOT_STATE, count: 'slotCount' },
    children: { layout: CHILD_BLOCK, count: 'childCount', strideBytes: 'blockBytes', beginsPage: true },
    rings: { layout: RESULT_RECORD, count: 'childCount', strideBytes: 'ringBytes', beginsPage: true },
    arena: { layout: BYTE, count: 'arenaBytes', beginsPage: true },
  },
  notes: `A job is taken by one compare-and-swap of its slot from ready to running, which names the child. There is no lock,
so nobody can die holding one. The order rings only say where to look first: a stale entry is passed, and a slot found
ready is ready, however it was found. Jobs that come back at once stand in the urgent ring, which is looked at first.

A result is committed by the store of \`ringTail\`. What a child published before it died counts; a job that is running
under a dead child and has no published result has failed. The parent reads the ring to its end before it looks.

Small jobs of one call lie many in a slot: a bundle, which one child takes and runs in order. It publishes the result of
one, then moves \`turn\` to the next by compare-and-swap. The parent ends a bundle early in the same way, as when one of its
jobs turns out long: then the child stops after the job that it has, and the others are placed anew. What a dead child
had not begun is told by \`turn\` too. Each use of a slot has its own turns, so a swap that comes too late changes nothing.

The parent alone gives out slots and payload memory, and frees them when the result has been read, so neither needs
repair: the pool ends with its parent.

**Who can write what.** A job may run native code that writes where it should not. So a child takes away its own right to
write all but \`shared\`, \`states\`, its own block and its own ring as soon as it has mapped the segment, and closes the
descriptor: a stray write elsewhere ends that child, and nobody else sees it. Parts with other writers begin at a page of
their own. What the parent itself has written it never reads back to decide by; it has its own copy. What a child can
write it checks: each state, turn and record names the use of its slot, a number of 20 bits, and is no other use’s; lengths
and positions are bounded by the ring. A child whose ring or block breaks the rules is killed, and nothing more is read of
it. A \`head\` that cannot be is set back by whoever sees it. A state that cannot be is settled by the claims, which each
child keeps in pages of its own: a job that nobody claims is placed anew.

**Who looks from outside.** \`mproc ps\` reads the segment through \`/proc\`, without a lock and without the parent's help, so it
works while the parent is blocked. It believes nothing: counts are compared with the length of the file, indexes are bounded,
and what a slot says counts when its state and use are the same before and after. \`figures\` and \`processes\` are for it alone.

Behind the segment, in the same file and mapped by nobody, the parent writes once what V8 has compiled of the code that the
children run. A child reads it when it starts, and compiles by itself what it does not find there.`,
} as const satisfies SegmentLayout;
