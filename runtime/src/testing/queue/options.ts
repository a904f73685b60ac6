/** Stops and starts the server of an engine, for the tests that need it gone. */
export interface ServerControl {
  /** Ends it; its data stays. */
  stop(): Promise<void>;
  /** With the data it had. */
  start(): Promise<void>;
  /** `false`: it is somebody else's, and is not stopped. @default true */
  readonly isOwn?: boolean;
  /** Why there is none; the tests are skipped for that reason. */
  readonly missing?: string | undefined;
  /** Called after the last test. */
  remove?(): Promise<void>;
}

/** A transaction that has begun, on a client that is the test's own. */
export interface KitTransaction {
  /** What `put` is given. */
  readonly tx: unknown;
  /** Ends it, and the client. */
  commit(): unknown;
  /** The same, as if it had never been. */
  rollback(): unknown;
}

/** Options of the kit. */
export interface QueueKitOptions {
  /**
   * `import.meta.url` of a module that exports the factory, so that the kit's processes can open the same queue.
   * Needed where `supports.shared` or `supports.durable` is true. The module must not import Vitest.
   */
  readonly module?: string;
  /** Name of that export. @default 'createQueue' */
  readonly export?: string;
  /** Lease where the tests wait for its end, in milliseconds; longer for slow engines. @default 600 */
  readonly leaseMs?: number;
  /** How often a value is handed out before it is a dead letter. @default 3 */
  readonly maxAttempts?: number;
  /** How much later than its time a delayed value may come, in milliseconds. @default 1_000 */
  readonly lateMs?: number;
  /** Jobs of each process in the large tests. @default 5_000 */
  readonly jobsPerProcess?: number;
  /** How long a call may take to reject while the server is down, in milliseconds. @default 10_000 */
  readonly connectTimeoutMs?: number;
  /** Watchdog of a test, in milliseconds. @default 240_000 */
  readonly testTimeoutMs?: number;
  /** Begins a transaction, for an engine whose `supports` has `tx`. @default none: transactions are not tested */
  readonly transaction?: () => KitTransaction | Promise<KitTransaction>;
  /** Of `startServer`, or one of your own. */
  readonly server?: ServerControl;
  /**
   * Puts a record into the engine as anybody who can reach it could: by hand, past `put`; `false` where nobody can.
   * @default the engine's own `put`, for an `EngineQueue`
   */
  readonly insertHostile?: ((queueName: string, record: string) => Promise<void>) | false;
  /**
   * `'quick'` leaves out what takes seconds: leases that end, killed processes, a stopped server, many jobs. The variable
   * `MPROC_KIT` of the environment (`quick` or `full`) comes before it. @default 'full'
   */
  readonly tier?: KitTier;
}

/** How much of the kit runs. */
export type KitTier = 'quick' | 'full';

type WithoutDefault = 'module' | 'server' | 'insertHostile' | 'transaction';

export type ResolvedKitOptions = Required<Omit<QueueKitOptions, WithoutDefault>> &
  Pick<QueueKitOptions, WithoutDefault>;

export function resolveKitOptions(options: QueueKitOptions): ResolvedKitOptions {
  const told = process.env.MPROC_KIT;
  const tier = told === 'quick' || told === 'full' ? told : (options.tier ?? 'full');
  return {
    export: 'createQueue',
    leaseMs: 600,
    maxAttempts: 3,
    lateMs: 1_000,
    jobsPerProcess: 5_000,
    connectTimeoutMs: 10_000,
    testTimeoutMs: 240_000,
    ...options,
    tier,
  };
}
