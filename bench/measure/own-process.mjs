import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A figure that a script prints, in a process of its own: no matter what others have left of memory, compiled code and threads,
 * and how quickly they took memory, by which V8 decides when it cleans up.
 */
export async function inOwnProcess(script, ...values) {
  const { stdout } = await run(process.execPath, [fileURLToPath(script), ...values.map(String)]);
  const figure = Number(stdout.trim());
  if (!Number.isFinite(figure)) throw new Error(`${script} printed no figure but ${stdout}`);
  return figure;
}
