import { execFileSync, spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { Worker } from 'mproc-worker';

/** Prints what its argument says, in several ways. */
export class Talks extends Worker<string, unknown> {
  static override readonly module = import.meta.url;

  protected override process(how: string): unknown {
    console.log(`out ${how}`);
    console.error(`err ${how}`);
    switch (how) {
      case 'directly':
        writeSync(1, 'written\n');
        execFileSync('echo', ['by a program'], { stdio: 'inherit' });
        return how;
      case 'dies':
        return process.kill(process.pid, 'SIGKILL');
      case 'throws':
        throw new Error('thrown');
      case 'gives a function':
        return () => {};
      case 'much':
        for (let line = 0; line < 1_500; line += 1) console.log('x'.repeat(999));
        console.log('the end');
        return how;
      case 'closes its stdout':
        closeSync(1);
        return how;
      case 'leaves a program that prints':
        return leftProgram();
      case 'spins':
        for (;;);
      default:
        return how;
    }
  }
}

/** Its pid. It ends when nobody reads what it prints. */
function leftProgram(): number | undefined {
  const program = spawn('yes', { stdio: ['ignore', 'inherit', 'ignore'] });
  program.unref();
  return program.pid;
}
