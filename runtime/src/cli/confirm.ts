import { createInterface } from 'node:readline/promises';

/**
 * Asks before something is destroyed.
 * @param isSure whether `--yes` was given
 * @throws Error in one line where nobody can be asked
 */
export async function confirmed(question: string, isSure: boolean): Promise<boolean> {
  if (isSure) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new Error(`${question} Nobody can be asked here: say so with --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new AbortController();
  terminal.once('close', () => gone.abort());
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} y/N `, { signal: gone.signal })).trim());
  } catch {
    // Ctrl-C, or the end of the input, is no.
    return false;
  } finally {
    terminal.close();
  }
}
