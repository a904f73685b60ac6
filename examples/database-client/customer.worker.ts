import { DatabaseSync } from '@photostructure/sqlite';
import { Worker } from 'mproc-worker';

export interface Customer {
  readonly id: number;
  readonly name: string;
}

/** Looks a customer up. Each process opens the database once, before its first job. */
export class FindCustomer extends Worker<number, Customer | undefined> {
  static override readonly module = import.meta.url;
  static database: InstanceType<typeof DatabaseSync>;

  static override setup() {
    FindCustomer.database = new DatabaseSync(process.env.CUSTOMERS ?? '');
    FindCustomer.database.prepare('INSERT INTO visits (pid) VALUES (?)').run(process.pid);
  }

  static override teardown() {
    FindCustomer.database.close();
  }

  protected override process(id: number): Customer | undefined {
    const row = FindCustomer.database.prepare('SELECT id, name FROM customers WHERE id = ?').get(id);
    return row === undefined ? undefined : { ...(row as Customer) };
  }
}
