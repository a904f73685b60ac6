import type { WriteStream } from 'node:tty';

/** What Node.js does not document of a stream on a pipe. */
interface OnPipe {
  readonly _handle?: { setBlocking?(blocking: boolean): number };
}

/**
 * From now on who writes to stderr in this process waits until the pipe to the parent has room, as at a terminal. Node.js
 * would keep in memory what a parent that is held up does not read, and writes that do not go through a stream would fail.
 * Done when the stream is made, at its first use: most processes never have one.
 */
export function blockOnStderr(): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, 'stderr');
  const make = descriptor?.get;
  if (descriptor?.configurable !== true || make === undefined) return;
  Object.defineProperty(process, 'stderr', {
    ...descriptor,
    get(): WriteStream {
      const stream = make.call(process) as WriteStream;
      (stream as OnPipe)._handle?.setBlocking?.(true);
      Object.defineProperty(process, 'stderr', descriptor);
      return stream;
    },
  });
}
