import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Measures with so many programs beside it that never rest. */
export async function besideBusyLoops<T>(count: number, measure: () => Promise<T>): Promise<T> {
  const loops = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    return await measure();
  } finally {
    const exits = loops.map((loop) => once(loop, 'exit'));
    for (const loop of loops) loop.kill('SIGKILL');
    await Promise.all(exits);
  }
}
