import { expect, test } from 'vitest';
import { FrameReader, frameOf, STROKE } from '../../../../runtime/src/pool/transport/message-frames.js';
import { seeded } from '../../../seeded.js';

test('messages come out whole and in order, however they and the strokes between them are cut', () => {
  const random = seeded('message frames');
  for (let round = 0; round < 200; round += 1) {
    const messages = Array.from({ length: random.between(1, 6) }, () =>
      Buffer.from(Array.from({ length: random.below(300) }, () => random.below(4))),
    );
    const strokes = () => Buffer.alloc(random.below(4), STROKE);
    const bytes = Buffer.concat(messages.flatMap((message) => [strokes(), frameOf(message), strokes()]));
    const heard: Buffer[] = [];
    const reader = new FrameReader((message) => heard.push(Buffer.from(message)));
    const most = random.between(1, 200);
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + random.between(1, most));
      reader.read(bytes.subarray(at, end));
      at = end;
    }
    expect(heard).toEqual(messages);
  }
});

test.each([
  ['a byte that means nothing', Buffer.from([STROKE, 7])],
  ['the begin of a message, and strokes', Buffer.from([2, ...new Array(20).fill(STROKE)])],
  ['a length without its check', Buffer.from([2, 255, 255, 255, 127, 0, 0, 0, 0])],
  ['text', Buffer.from('text')],
])('%s ends the reading, once, however it is cut, and is not kept', (_, bytes) => {
  for (const cut of [1, 2, bytes.length]) {
    const heard: Buffer[] = [];
    let broken = 0;
    const reader = new FrameReader(
      (message) => heard.push(Buffer.from(message)),
      () => {
        broken += 1;
      },
    );
    reader.read(frameOf(Buffer.from('before')));
    for (let at = 0; at < bytes.length; at += cut) reader.read(bytes.subarray(at, at + cut));
    reader.read(frameOf(Buffer.from('after')));
    expect(heard.map(String)).toEqual(['before']);
    expect(broken).toBe(1);
  }
});

test('who hears of a message and throws is not told of it again', () => {
  const heard: string[] = [];
  const reader = new FrameReader((message) => {
    heard.push(String(message));
    throw new Error('of the listener');
  });
  expect(() => reader.read(frameOf(Buffer.from('one')))).toThrow('of the listener');
  expect(() => reader.read(frameOf(Buffer.from('two')))).toThrow('of the listener');
  expect(heard).toEqual(['one', 'two']);
});
