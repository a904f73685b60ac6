import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A figure that a program prints, in a process of its own: no matter what others have left of memory, compiled code and threads,
 * and how quickly they took memory, by which V8 decides when it cleans up.
 */
export async function inOwnProcess(program: string, ...values: (string | number)[]): Promise<number> {
  const { stdout } = await run(process.execPath, [program, ...values.map(String)]);
  const figure = Number(stdout.trim());
  if (!Number.isFinite(figure)) throw new Error(`${program} printed no figure but ${stdout}`);
  return figure;
}
