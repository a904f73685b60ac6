import { connect } from 'node:net';
import { clearInterval, setInterval } from '../clock/timers.js';
import type { PoolEngine } from '../pool/pool-engine.js';
import type { FeedOrder } from '../pool/transport/feed-request.js';
import { LiveRecorder } from './live-recorder.js';
import { addRecorder, removeRecorder } from './recorders.js';

const EVERY_MS = 500;
/** A reader that does not keep up misses pieces. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

/** Tells what happens in a pool, in lines of JSON, until the reader is gone or the pool has ended. */
export function feedTo(engine: PoolEngine, { socket: path, token }: FeedOrder): void {
  const socket = connect(path);
  const recorder = new LiveRecorder();
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    clearInterval(timer);
    removeRecorder(engine, recorder);
    socket.destroy();
  };
  const tell = () => {
    if (socket.writableLength < MOST_UNREAD_BYTES)
      socket.write(`${JSON.stringify(recorder.take(engine.now()))}\n`);
  };
  socket.unref();
  // It hears nothing but the end.
  socket.on('error', end).on('close', end).on('end', end).resume();
  socket.once('connect', () => {
    socket.write(`${JSON.stringify({ token, pid: process.pid, pool: engine.name })}\n`);
    addRecorder(engine, recorder);
    timer = setInterval(tell, EVERY_MS).unref();
  });
}
