// Types as a program of CommonJS sees them; compiled by commonjs.test.ts, never run.
import mproc = require('mproc-worker');
import testing = require('mproc-worker/testing');

class Sums extends mproc.Worker<number[], number> {
  static override readonly module = __filename;

  protected override process(numbers: number[]): number {
    return numbers.length;
  }
}

async function use(pool: mproc.ProcessPool, signal: AbortSignal): Promise<number> {
  await pool.work([Sums], { signal });
  // @ts-expect-error: it takes numbers
  await pool.run(new Sums(), ['a']);
  const response: mproc.Response<number> = await pool.run(new Sums(), [1]);
  return response.ok ? response.body : response.exitCode;
}

void use;
testing.describeQueue('null', (name) => new mproc.NullQueue(name));
