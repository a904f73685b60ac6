import { JobEvent, Worker } from 'mproc-worker';

/** Gives back what throws when somebody looks whether it is a promise. */
export class Untouchable extends Worker<'proxy' | 'revoked' | 'getter' | 'none', unknown> {
  static override readonly module = import.meta.url;
  protected override process(what: 'proxy' | 'revoked' | 'getter' | 'none'): unknown {
    const refuse = () => {
      throw new Error('nobody reads this');
    };
    if (what === 'proxy') return new Proxy({}, { get: refuse });
    if (what === 'getter') return Object.defineProperty({}, 'then', { get: refuse, enumerable: true });
    if (what === 'none') return what;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
}

/** Its class hears in the process how a job ends. */
export class Attended extends Worker<number, string> {
  static override readonly module = import.meta.url;
  static override readonly listeners = {
    [JobEvent.Canceled]: () => {},
    [JobEvent.Failed]: () => {},
  };
  protected override process(): string {
    throw new Error('fails');
  }
}

/** Takes away all that Node.js has to end a process with. */
export class Immortal extends Worker<unknown, number> {
  static override readonly module = import.meta.url;
  protected override process(): number {
    for (const name of ['exit', 'reallyExit', 'abort', 'kill'] as const)
      (process as unknown as Record<string, () => void>)[name] = () => {};
    return process.pid;
  }
}
