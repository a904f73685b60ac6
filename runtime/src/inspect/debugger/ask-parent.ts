import { CHILD_FD } from '../../pool/protocol.js';
import { openDebugger, SILENT } from './address.js';
import { inItsTime } from './in-its-time.js';
import { DebuggerSession } from './session.js';

/** How long a process has to open its debugger, in milliseconds. */
const OPENING_MS = 500;
/** How long it has to pass a message on. */
const PASSING_MS = 800;

/** A child of a pool, as reports of pools show it. */
interface Child {
  readonly pid: number;
  readonly state: string;
}

/**
 * Sends the program of a pool a message over the doorbell of one of its children: nothing else leads into it. Any of them
 * will do: one that is idle hears at once, and one that does not hear is passed.
 * @param children of one pool, busy or not
 * @param frame see `frameOf`
 * @throws Error saying of each child that was asked why it did not
 */
export async function askParent(children: readonly Child[], frame: Buffer): Promise<void> {
  const order = children.toSorted((a, b) => Number(b.state === 'idle') - Number(a.state === 'idle'));
  const problems: string[] = [];
  for (const { pid } of order)
    try {
      return await askThrough(pid, frame);
    } catch (error) {
      problems.push(`process ${pid}: ${(error as Error).message}`);
    }
  throw new Error(problems.join('; '));
}

async function askThrough(pid: number, frame: Buffer): Promise<void> {
  const opened = await openDebugger(pid, OPENING_MS);
  try {
    const session = await DebuggerSession.open(opened.address);
    try {
      const text = frame.toString('base64');
      const write = `process.getBuiltinModule('fs').writeSync(${CHILD_FD.doorbell}, Buffer.from('${text}', 'base64'))`;
      const passing = session.ask('Runtime.evaluate', { expression: write });
      const { exceptionDetails } = await inItsTime(pid, passing, PASSING_MS, () => new Error(SILENT));
      if (exceptionDetails !== undefined) throw new Error('its doorbell is full');
    } finally {
      await session.end();
    }
  } finally {
    opened.done();
  }
}
