// Workers of the chaos runs. Each is as small as its figure allows.
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { Worker } from 'mproc-worker';

const ENTRY_BYTES = 8;

/** Sleeps without giving the thread away, at no cost to others. */
function sleep(ms) {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function lives(pid) {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Keeps book of who runs what: per job the process that runs it now, and how often it ran to its end. */
export class Booked extends Worker {
  static module = import.meta.url;
  file = '';
  jobMs = 0;

  process(number) {
    const fd = openSync(this.file, 'r+');
    const entry = Buffer.alloc(ENTRY_BYTES);
    const at = number * ENTRY_BYTES;
    try {
      readSync(fd, entry, 0, ENTRY_BYTES, at);
      const owner = entry.readInt32LE(0);
      if (owner !== 0 && owner !== process.pid && lives(owner))
        this.report(`job ${number} runs in ${owner} too`);
      writeSync(fd, int32(process.pid), 0, 4, at);
      sleep(this.jobMs);
      readSync(fd, entry, 0, ENTRY_BYTES, at);
      if (entry.readInt32LE(0) !== process.pid) this.report(`job ${number} was begun elsewhere meanwhile`);
      entry.writeInt32LE(0, 0);
      entry.writeInt32LE(entry.readInt32LE(4) + 1, 4);
      writeSync(fd, entry, 0, ENTRY_BYTES, at);
    } finally {
      closeSync(fd);
    }
    return number * 2;
  }

  report(problem) {
    const fd = openSync(`${this.file}.problems`, 'a');
    writeSync(fd, `${problem}\n`);
    closeSync(fd);
  }
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Gives back what it gets. */
export class Echo extends Worker {
  static module = import.meta.url;
  process(value) {
    return value;
  }
}

export class Pid extends Worker {
  static module = import.meta.url;
  process(ms) {
    sleep(ms);
    return process.pid;
  }
}

/** Never ends, and never looks. */
export class Spin extends Worker {
  static module = import.meta.url;
  process() {
    for (;;);
  }
}

/** Waits for ever. */
export class Wait extends Worker {
  static module = import.meta.url;
  process() {
    return new Promise(() => setInterval(() => {}, 1 << 30));
  }
}

/** Dies in its first attempt and tells when; the next attempt tells when it began. */
export class DieOnce extends Worker {
  static module = import.meta.url;
  process(signal) {
    if (this.attempt > 1) return Date.now();
    process.kill(process.pid, signal);
    sleep(10_000);
    return 0;
  }
}

/** Fails some of its first attempts, and hears of its retries in the process that runs it, so that notices are sent. */
export class Noticed extends Worker {
  static module = import.meta.url;
  static listeners = { 'job.event.retry': () => {} };
  process(value) {
    // Long enough that each process gets some of the jobs.
    sleep(1);
    if (this.attempt === 1 && value.number % 4 === 0) throw new Error('again');
    return value;
  }
}

/** Is done at once, so that its jobs are bundled. */
export class Quick extends Worker {
  static module = import.meta.url;
  process(number) {
    return number;
  }
}

/** Keeps book in shared memory, which takes no time: per job its process, how often it ran, and how often twice at once. */
export class Counted extends Worker {
  static module = import.meta.url;
  book = undefined;

  process(number) {
    const { values } = this.book;
    const at = 3 * number;
    const owner = Atomics.exchange(values, at, process.pid);
    if (owner !== 0 && owner !== process.pid && lives(owner)) Atomics.add(values, at + 2, 1);
    Atomics.add(values, at + 1, 1);
    if (Atomics.exchange(values, at, 0) !== process.pid) Atomics.add(values, at + 2, 1);
    return number * 2;
  }
}

/** Makes something large in the process. */
export class Large extends Worker {
  static module = import.meta.url;
  kept = '';
  process({ what, lengthBytes }) {
    if (what === 'bytes') return Buffer.alloc(lengthBytes);
    const text = 'x'.repeat(lengthBytes);
    if (what === 'error') throw new Error(text);
    if (what === 'progress') this.progress(text);
    if (what === 'state') {
      this.kept = text;
      throw new Error('its state is kept for the next attempt');
    }
    return { list: [text] };
  }
}
