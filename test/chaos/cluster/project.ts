// A project as a user has it: made by the generator, with a queue over PostgreSQL, a worker and a program of this test.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));

const WORKER = `import { Worker } from 'mproc-worker';

export class Square extends Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override async process(n: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE_MS)));
    return n * n;
  }
}
`;

export interface Project {
  /** All of it. */
  readonly folder: string;
  /** Of a host. */
  readonly program: string;
  readonly project: string;
}

export function makeProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-cluster-'));
  const project = join(folder, 'hosts');
  const generate = (...words: string[]): Buffer =>
    execFileSync(process.execPath, [join(CHECKOUT, 'bin/create-mproc-worker.js'), ...words], {
      stdio: 'pipe',
    });
  generate(project, '--yes', '--no-git', '--no-install', '--template', 'sums');
  symlinkSync(join(CHECKOUT, 'node_modules'), join(project, 'node_modules'));
  generate('add', 'queue', 'Open', '--engine', 'postgres', '--no-install', '--yes', '--cwd', project);
  if (!readdirSync(join(project, 'src/queues')).includes('open.queue.ts'))
    throw new Error('the queue was not made');
  writeFileSync(join(project, 'src/workers/square.worker.ts'), WORKER);
  copyFileSync(fileURLToPath(new URL('host.ts.template', import.meta.url)), join(project, 'src/host.ts'));
  return { folder, program: join(project, 'src/host.ts'), project };
}
