import { defineLayout, type SegmentLayout } from '../layout/layout.js';

const CACHE_LINE = 64;

export const ARRAY_HEADER = defineLayout(
  'array header',
  'Says which array this is, so that a reference which leads to other memory is refused.',
  {
    magic: { type: 'u32', doc: 'Says that this is a shared array.', writer: 'who makes it, last' },
    version: { type: 'u32', doc: 'Version of this layout.', writer: 'who makes it' },
    nonce: {
      type: 'u32',
      count: 2,
      doc: 'A random number, which a reference to the array repeats.',
      writer: 'who makes it',
    },
  },
  CACHE_LINE,
);

const ELEMENTS = defineLayout(
  'element byte',
  'Bytes of the elements.',
  { byte: { type: 'u8', doc: 'A byte.', writer: 'the program' } },
  1,
);

export const ARRAY_SEGMENT = {
  name: 'shared array',
  doc: 'The memory of one `SharedArray`.',
  magic: 0x4d_50_53_41,
  version: 1,
  parts: {
    header: { layout: ARRAY_HEADER, count: 1 },
    elements: { layout: ELEMENTS, count: 'elementBytes' },
  },
  notes: `\`values\` begins behind the header, at a multiple of 64 bytes. A reference that is sent in place of the array has the
path of the file, its inode and the nonce. Who receives it opens the path only where it leads to a file of that inode in the
folder of shared memory, and believes the file only where it is as long as it must be and has the nonce: the number of a
descriptor may stand for another file by then.`,
} as const satisfies SegmentLayout;
