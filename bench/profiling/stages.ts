import type { Call, Side } from './load-profile.js';

type Stage = readonly [name: string, fits: (call: Call) => boolean];

/** What a function's time is spent on; the first that fits. */
const STAGES: Readonly<Record<Side, readonly Stage[]>> = {
  parent: [
    ['waiting', ({ name }) => name === '(idle)'],
    ['garbage collection', ({ name }) => name === '(garbage collector)'],
    ['doorbells and system calls', isSystemCall],
    ['unpack the result', ({ file }) => /values\/.*read|values\/index/.test(file)],
    ['pack the arguments', ({ file }) => /values\//.test(file)],
    ['take the input, make the job', ({ file }) => /pool\/calls|parent\/(job|task)\./.test(file)],
    [
      'place it in the segment',
      ({ file }) => /dispatcher|slot-allocator|bundle|job-slots|payload-pages|fifo/.test(file),
    ],
    ['read what children tell', ({ file }) => /report-receiver|result-ring/.test(file)],
    [
      'make the response',
      ({ file }) => /outcomes|response\/|pool-core|process-pool|report-handler/.test(file),
    ],
    ['decide when to work', ({ file }) => /parent-loop|wake-policy|child-supervisor|doorbell/.test(file)],
  ],
  children: [
    ['waiting', ({ name }) => /^(\(idle\)|sleepSync)$/.test(name)],
    ['garbage collection', ({ name }) => name === '(garbage collector)'],
    ['bells and system calls', isSystemCall],
    ['unpack the arguments', ({ file }) => /values\/.*read|values\/index|job-input/.test(file)],
    ['pack the result', ({ file }) => /values\//.test(file)],
    ['the job itself', ({ file }) => /\.worker\.mjs$|functions\.mjs$/.test(file)],
    ['take a job from its lane', ({ file }) => /job-taker|job-slots|child-loop/.test(file)],
    ['prepare the worker, call it', ({ file }) => /job-runner|worker-instances|attempt|worker\//.test(file)],
    ['tell the parent', ({ file }) => /report-sender|result-ring/.test(file)],
    ['read the clock', ({ name, file }) => /clock/.test(file) || /hrtime|^now$/.test(name)],
  ],
};

function isSystemCall({ name }: Call): boolean {
  return /^(writeBuffer|writeUtf8String|writeSync|write)$/.test(name);
}

export function stageOf(call: Call, side: Side): string {
  const found = STAGES[side].find(([, fits]) => fits(call));
  if (found !== undefined) return found[0];
  return call.file.startsWith('node:') || call.file === 'V8' ? 'Node.js and V8' : 'start, and the rest';
}
