import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { chromeEvents } from './chrome-events.js';
import type { Recording } from './recording.js';

/** So much text is written at once, in characters. */
const PIECE = 256 * 1024;

/** Writes a recording as Chrome's trace events, which Perfetto opens. @throws what the system says */
export async function writeTrace(file: string, recording: Recording): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  const done = finished(stream);
  // Awaited at the end; until then it must not count as one that nobody hears of.
  done.catch(() => {});
  const { pool, dropped, droppedEvents } = recording;
  let piece = `{"displayTimeUnit":"ms","otherData":${JSON.stringify({ pool, droppedAttempts: dropped, droppedEvents })},"traceEvents":[\n`;
  let isFirst = true;
  for (const event of chromeEvents(recording)) {
    piece += `${isFirst ? '' : ',\n'}${JSON.stringify(event)}`;
    isFirst = false;
    if (piece.length < PIECE) continue;
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), done]);
    piece = '';
  }
  stream.end(`${piece}\n]}\n`);
  await done;
}
