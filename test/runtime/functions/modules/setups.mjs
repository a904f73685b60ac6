import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { defineWorker, Worker } from 'mproc-worker';

/** How long a client takes to connect; half a second longer than what its jobs may take. */
const SETUP_MS = 2_500;
const FILE = process.env.MPROC_TEST_LOG;
const log = (what) => FILE && appendFileSync(FILE, `${process.pid} ${what}\n`);

export class Client extends Worker {
  static module = import.meta.url;
  static async setup() {
    await delay(SETUP_MS);
    // biome-ignore lint/complexity/noThisInStatic: the class that is set up, which may extend this one
    this.connected = true;
    // biome-ignore lint/complexity/noThisInStatic: the class that is set up, which may extend this one
    log(`setup ${this.name}`);
  }
  static async teardown() {
    await delay(20);
    // biome-ignore lint/complexity/noThisInStatic: the class that is set up, which may extend this one
    log(`teardown ${this.name}`);
  }
  process() {
    log('job');
    return Client.connected;
  }
}

/** Has the setup of its parent class, for itself. */
export class OtherClient extends Client {
  static module = import.meta.url;
  static timeoutMs = SETUP_MS - 500;
  process(ms) {
    return ms === 0 ? this.constructor.connected : delay(ms);
  }
}

export const counts = defineWorker(
  import.meta.url,
  (by, { resource }) => {
    resource.n += by;
    return resource.n;
  },
  {
    name: 'counts',
    setup: async () => {
      await delay(5);
      log('setup counts');
      return { n: 100 };
    },
    teardown: (resource) => {
      log(`teardown counts ${resource.n}`);
      throw new Error('teardown has failed');
    },
  },
);

export const failsFirst = defineWorker(import.meta.url, () => 'works', {
  name: 'failsFirst',
  setup: () => {
    if (!existsSync(`${FILE}.go`)) throw new TypeError('no database');
  },
});

export class SlowSetup extends Worker {
  static module = import.meta.url;
  static setup() {
    return delay(60_000, undefined, { ref: true });
  }
  process() {}
}

export class ExitsInSetup extends Worker {
  static module = import.meta.url;
  static setup() {
    process.exit(7);
  }
  process() {}
}

export class SlowTeardown extends Worker {
  static module = import.meta.url;
  static teardown() {
    log('slow teardown');
    return delay(60_000);
  }
  process() {
    return process.pid;
  }
}
