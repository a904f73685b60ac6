import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** The child's end of its doorbell. */
const DOORBELL = 4;
const HEADER_BYTES = 9;
const CHECK = 0x6d_70_72_63;

/** See runtime/src/pool/transport/message-frames.ts. */
function send(message) {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = 2;
  header.writeUInt32LE(message.length, 1);
  header.writeUInt32LE((message.length ^ CHECK) >>> 0, 5);
  writeSync(DOORBELL, Buffer.concat([header, message]));
}

export class Late extends Worker {
  static module = import.meta.url;

  static onMessage(message) {
    return message;
  }

  async process(how) {
    switch (how) {
      case 'loop':
        for (;;);
      case 'throw':
        throw new Error('own error');
      case 'tell of a debugger':
        writeSync(2, 'Debugger listening on ws://127.0.0.1:1/01234567-89ab-cdef-0123-456789abcdef\n');
        return delay(50);
      case 'ask for a trace':
        send(Buffer.from(`\0\0\0\0\0${JSON.stringify({ file: '/nowhere/trace', forMs: 1 })}`));
        return delay(50);
    }
  }
}
