import type { Layout } from '../../../../runtime/src/layout/layout.js';
import {
  CHILD_BLOCK,
  CHILD_INBOX,
  JOB_SLOT,
  ORDER_ENTRY,
  POOL_HEADER,
  SHARED_WORDS,
  SLOT_STATE,
} from '../../../../runtime/src/pool/transport/layout.js';
import type { PoolSegment } from '../../../../runtime/src/pool/transport/pool-segment.js';

/** A word by its name in the table of the memory, as `slots[3].payload`. */
type Image = Map<string, number>;

/** All that a pool's segment says, by the table alone: not by the code that is tested. Times are in whole milliseconds. */
function imageOf(segment: PoolSegment): Image {
  const { size, word } = segment;
  const image: Image = new Map();
  const add = (part: string, layout: Layout, first: number) => {
    for (const [name, field] of Object.entries(layout.fields)) {
      const at = first + layout.word[name]!;
      for (let index = 0; index < (field.count ?? 1); index += 1) {
        const value = field.type === 'f64' ? segment.bytes.readDoubleLE(4 * at) : segment.words[at + index]!;
        image.set(`${part}.${name}${field.count === undefined ? '' : `[${index}]`}`, value);
      }
    }
  };
  add('header', POOL_HEADER, word.header);
  add('shared', SHARED_WORDS, word.shared);
  for (let slot = 0; slot < size.slotCount; slot += 1) {
    add(`slots[${slot}]`, JOB_SLOT, word.slots + slot * JOB_SLOT.lengthWords);
    add(`states[${slot}]`, SLOT_STATE, word.states + slot * SLOT_STATE.lengthWords);
  }
  for (let entry = 0; entry < size.orderLength; entry += 1) {
    add(`urgent[${entry}]`, ORDER_ENTRY, word.urgent + entry * ORDER_ENTRY.lengthWords);
    add(`order[${entry}]`, ORDER_ENTRY, word.order + entry * ORDER_ENTRY.lengthWords);
  }
  for (let child = 0; child < size.childCount; child += 1) {
    add(`inboxes[${child}]`, CHILD_INBOX, segment.inboxOf(child));
    add(`children[${child}]`, CHILD_BLOCK, segment.blockOf(child));
    for (let claim = 0; claim < size.claimCount; claim += 1)
      image.set(`claims[${child}][${claim}]`, segment.words[segment.claimsOf(child) + claim]!);
  }
  return image;
}

/** Runs something, and says which words of the segment it has changed, and to what. */
export function changesOf(segment: PoolSegment, run: () => void): Record<string, number> {
  const before = imageOf(segment);
  const bytesBefore = Buffer.from(segment.bytes.subarray(0, segment.byte.rings));
  run();
  const changed: Record<string, number> = {};
  for (const [name, value] of imageOf(segment))
    if (!Object.is(before.get(name), value)) changed[name] = value;
  const hasChanged = !bytesBefore.equals(segment.bytes.subarray(0, segment.byte.rings));
  if (hasChanged && Object.keys(changed).length === 0)
    throw new Error('something was written that no table names');
  return changed;
}
