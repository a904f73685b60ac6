/** Every code an error of this package can carry, and what to do about it. `docs/errors.md` is made from this table. */
export const ERROR_CODES = {
  ERR_OPTION: 'An option has a value that is not allowed; the message names it and what was expected.',
  ERR_PLATFORM:
    'The runtime needs Node.js on Linux or macOS, its native library, shared memory, and under `--permission` some flags; the message says what is missing. A container gets shared memory by `--shm-size`.',
  ERR_MEMORY_FULL:
    'Shared memory could not be reserved; free some, ask for less with `memoryBytes`, or give a container more by `--shm-size`.',
  ERR_SYSTEM:
    'The system refused a call, for now: the message names what could not be done and why, such as no descriptors (EMFILE) or memory (ENOMEM) left. Free some, or raise the limit, and try again.',
  ERR_SEGMENT_CORRUPT:
    'The shared memory does not hold what it should; destroy the queue or pool and make a new one.',
  ERR_SEGMENT_VERSION:
    'The shared memory was made by another version of this package; use one version everywhere.',
  ERR_SEGMENT_UNSAFE:
    'The file where shared memory should be is a link, of another user, or open to others; remove it.',
  ERR_LOCK_TIMEOUT:
    'A process holds the queue and does not go on, though it lives; let it continue (SIGCONT) or end it.',
  ERR_POOL_CLOSED: 'The pool was closed or destroyed; make a new one.',
  ERR_PROCESS_START:
    'Processes die before they can work, or none can be made: the message has what the last one said, or what the system did, such as E2BIG (the environment is too large) or EAGAIN (a limit of processes).',
  ERR_POOL_FULL: 'More jobs wait than `maxQueue` allows; wait for some to finish.',
  ERR_PROCESS_CRASHED:
    'The process that ran the job died; `signal` and `exitCode` tell how, `stderr` what it said last (empty where a queue that others serve was in between: it stays on the host that ran the job).',
  ERR_PROCESS_CORRUPT:
    'The process that ran the job wrote into shared memory where it should not, and was ended; look for native code that writes to a wrong address.',
  ERR_PROCESS_ENDED: 'The process ended before it answered a message of `broadcast`.',
  ERR_MESSAGE_TIMEOUT:
    'A process did not answer a message of `broadcast` within its `timeoutMs`; it may be in a long job that does not wait for anything.',
  ERR_JOB_TIMEOUT: 'The job ran longer than `timeoutMs` and was stopped.',
  ERR_JOB_CANCELED: 'The job was canceled.',
  ERR_JOB_EXPIRED:
    'No process had begun the job within its `expiresAfterMs`, and none will; what it had to do is undone.',
  ERR_NO_RETRY: 'The job threw `NoRetry`: no other attempt would have succeeded, so there was none.',
  ERR_JOB_DEAD: 'No host could finish the job: its queue handed it out `maxAttempts` times and gave it up.',
  ERR_JOB_UNKNOWN:
    'No job of that id is known: it is none of `submit` or `flow`, or was answered so long ago that nothing is kept of it; `keep` says how long answers are.',
  ERR_BEFORE_FAILED:
    'A job that this one was to come after has failed; `jobId` names it, and `cause` is what it failed with.',
  ERR_BATCH_DIFFERS:
    'A batch was taken up again with other arguments, or another worker: the message has the index of the first that differs. Give the arguments of before, or another name.',
  ERR_BATCH_RUNS:
    'A call of this batch is under way in this pool. Wait for it, or give the other call a name of its own.',
  ERR_MODULE_LOAD: 'The module of the worker could not be loaded; `cause` is the original error.',
  ERR_SETUP:
    '`setup` of the worker threw, or took longer than `setupTimeoutMs`; `cause` is the original error.',
  ERR_WORKER_NOT_FOUND:
    'The module loads, but does not export the worker: a class under its own name, what `defineWorker` gives under any name, or the function that `moduleWorker` names.',
  ERR_WORKER_MODULE:
    'The worker class does not say where it is, or names a module that processes cannot load: the running program, or one that exports nothing. Give it `static readonly module = import.meta.url`, in a module of its own; docs/bundlers.md tells how where programs are bundled.',
  ERR_BUNDLED:
    'A bundler has put `mproc-worker` itself into the program; keep it external, as docs/bundlers.md tells.',
  ERR_FAILED_JOB_FILE:
    'The file of a failed job cannot be replayed: the message says whether it is missing, damaged, of another version, or its module has moved (`--module` names the new place).',
  ERR_VALUE: 'A value cannot cross to another process; the message gives its path.',
  ERR_VALUE_DECODE: 'A value from outside could not be read.',
  ERR_QUEUE_CLOSED: 'The queue was closed; open it again.',
  ERR_QUEUE_FULL: 'The queue has no room for the value; take some out, or make it larger.',
  ERR_QUEUE_NAME: 'A queue name may have letters, digits, dot, dash and underscore, 100 at most.',
  ERR_QUEUE_UNAVAILABLE:
    'The engine of a queue cannot be reached or refuses to serve: `engine`, `address` and `cause` tell which and why. With `permanent` it stays so until a person mends it (a wrong password, no such database, no permission); otherwise try again.',
  ERR_QUEUE_ENGINE:
    'The engine of a queue answered a statement with an error that says nothing of its health; `cause` is what it said.',
  ERR_QUEUE_NOT_FOUND: 'No queue of that name exists.',
  ERR_UNSUPPORTED: 'This queue cannot do that; `supports` tells what it can.',
  ABORT_ERR: 'The signal that was given was aborted; `cause` is its reason.',
} as const;

/** One of the codes that errors of this package have. */
export type ErrorCode = keyof typeof ERROR_CODES;
