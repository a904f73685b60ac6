import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { type Awaitable, OptionError } from 'mproc-worker';

const BUSY_TIMEOUT_MS = 10_000;
const TRY_AGAIN_MS = 20;
/** Who has the file may be this process itself, in a transaction of its own, which ends only if this does not block it. */
const TRIES = 300;
/** What was put survives every process; with `synchronous = FULL`, which is slower, a power cut takes not even the last value. */
const LOG = 'PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = NORMAL;';

/** What a connection of the user's has, be it `node:sqlite`, `@photostructure/sqlite` or `better-sqlite3`. */
type Database = Pick<DatabaseSyncInstance, 'exec' | 'prepare'> & { readonly isTransaction?: boolean; readonly inTransaction?: boolean };

/** Statements name the table "jobs", and further ones "jobs_…". */
type Prepare = (sql: string) => StatementSyncInstance;

interface Made {
  /** Does the file have other things, too? */
  readonly isShared: boolean;
  /** What has to be there before the first statement. */
  readonly schema: string;
  /** Columns of the table that files made earlier have not. */
  readonly columnsSince: readonly string[];
}

interface Writing {
  /** Tables that have to be there. */
  readonly schema?: string | undefined;
  /** The user's connection, in whose transaction it is to be. */
  readonly tx?: unknown;
}

export const isLocked = ({ message }: Error): boolean => message.includes('database is locked');

/** The SQLite file of a queue, or of all queues, whoever else is at it. */
export class DatabaseFile {
  readonly #address: string;
  readonly #table: string;
  readonly #made: Made;
  #database!: DatabaseSyncInstance;
  /** Schemas that are there. */
  readonly #there = new Set<string>();
  readonly #statements = new Map<string, StatementSyncInstance>();

  constructor(address: string, table: string, made: Made) {
    this.#address = address;
    this.#table = table;
    this.#made = made;
  }

  async open(): Promise<void> {
    mkdirSync(dirname(this.#address), { recursive: true });
    if (!this.#made.isShared) writeFileSync(join(dirname(this.#address), '.gitignore'), '*\n');
    this.#database = new DatabaseSync(this.#address, { timeout: this.#made.isShared ? 0 : BUSY_TIMEOUT_MS });
    // While another process makes the file, or repairs it, SQLite refuses to give it a log, and does not wait.
    if (!this.#made.isShared) await this.#patiently(() => this.#make());
  }

  /** Does something to the file. One that is not this queue's alone may be this process's own at the moment, which must not stand still. */
  step<R>(action: () => R, schema?: string): Awaitable<R> {
    const whenMade = () => {
      if (schema !== undefined) this.#once(schema, () => this.#database.exec(this.#sql(schema)));
      return action();
    };
    if (!this.#made.isShared) return whenMade();
    return this.#patiently(() => {
      this.#make();
      return whenMade();
    });
  }

  /** What a step does in one. IMMEDIATE: one that begins by reading would fail when another process wrote in between. */
  transaction<R>(action: () => R): R {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** A step that is one transaction. */
  write<R>(action: (prepare: Prepare) => R, { schema, tx }: Writing = {}): Awaitable<R> {
    if (tx === undefined) return this.step(() => this.transaction(() => action(this.prepare)), schema);
    const users = tx as Database;
    this.#mustHaveBegun(users);
    this.#migrate(users);
    return action((sql) => users.prepare(this.#sql(sql)));
  }

  /** Keeps what is prepared. */
  readonly prepare: Prepare = (sql) => {
    if (!this.#statements.has(sql)) this.#statements.set(sql, this.#database.prepare(this.#sql(sql)));
    return this.#statements.get(sql)!;
  };

  /** @param parts what the names of the tables end with */
  async drop(parts: readonly string[]): Promise<void> {
    await this.step(() => this.#database.exec(this.#sql(parts.map((part) => `DROP TABLE IF EXISTS "jobs${part}";`).join(' '))));
    this.close();
    if (!this.#made.isShared) for (const suffix of ['', '-wal', '-shm']) rmSync(this.#address + suffix, { force: true });
  }

  close(): void {
    this.#statements.clear();
    this.#there.clear();
    this.#database.close();
  }

  /** In a file of all queues it is made with its first call: until then it may be the user's transaction that has the file. */
  #make(): void {
    if (this.#there.has(this.#made.schema)) return;
    this.#database.exec(LOG);
    this.#once(this.#made.schema, () => this.#migrate(this.#database));
  }

  #migrate(database: Database): void {
    database.exec(this.#sql(this.#made.schema));
    const has = database.prepare(this.#sql('PRAGMA table_info("jobs")')).all() as { readonly name: string }[];
    for (const column of this.#made.columnsSince)
      if (!has.some(({ name }) => column.startsWith(`${name} `))) database.exec(this.#sql(`ALTER TABLE "jobs" ADD COLUMN ${column}`));
  }

  #once(schema: string, make: () => void): void {
    if (this.#there.has(schema)) return;
    this.transaction(make);
    this.#there.add(schema);
  }

  async #patiently<R>(action: () => R): Promise<R> {
    for (let tries = 1; ; tries += 1)
      try {
        return action();
      } catch (error) {
        if (!isLocked(error as Error) || tries > TRIES) throw error;
        await sleep(TRY_AGAIN_MS);
      }
  }

  /** Elsewhere, or outside of a transaction, the values would be there whatever becomes of the rest. */
  #mustHaveBegun(database: Database): void {
    const begin = "option tx must be a connection whose transaction has begun: database.exec('BEGIN IMMEDIATE') before";
    if (typeof database?.prepare !== 'function' || !(database.isTransaction ?? database.inTransaction)) throw new OptionError(begin);
    const files = database.prepare('PRAGMA database_list').all() as { readonly name: string; readonly file: string }[];
    const file = files.find(({ name }) => name === 'main')?.file || 'in memory';
    if (file === 'in memory' || realpathSync(file) !== realpathSync(this.#address))
      throw new OptionError(`option tx must be a connection to the file of the queues, ${this.#address}; its file is ${file}`);
  }

  #sql(text: string): string {
    return text.replaceAll('"jobs', `"${this.#table}`);
  }
}
