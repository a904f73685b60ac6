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
