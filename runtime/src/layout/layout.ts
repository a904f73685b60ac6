/**
 * Memory layouts as data: one table of named fields yields the offsets that the code uses and the picture
 * that people read, so the two cannot drift apart.
 */

const TYPE_BYTES = { u8: 1, i32: 4, u32: 4, f64: 8, i64: 8 } as const;

export type FieldType = keyof typeof TYPE_BYTES;

export interface Field {
  readonly type: FieldType;
  /** How many of the type follow each other. @default 1 */
  readonly count?: number;
  /** The field begins at a multiple of so many bytes, as 64 for a cache line of its own. @default its type's size */
  readonly alignBytes?: number;
  readonly doc: string;
  /** Who may write it, and when. */
  readonly writer: string;
}

export interface Layout<Name extends string = string> {
  readonly name: string;
  readonly doc: string;
  readonly fields: Readonly<Record<Name, Field>>;
  /** Offset of each field in bytes from the start of the table. */
  readonly byte: Readonly<Record<Name, number>>;
  /** The same in 32-bit words, for an `Int32Array`; fields of other sizes have their first word. */
  readonly word: Readonly<Record<Name, number>>;
  /** Length of the whole table, a multiple of its alignment. */
  readonly lengthBytes: number;
  readonly lengthWords: number;
  readonly alignBytes: number;
}

export function fieldBytes(field: Field): number {
  return TYPE_BYTES[field.type] * (field.count ?? 1);
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * A table of fields, laid out in the order given.
 * @param alignBytes the table's length is rounded up to a multiple of this; default 8
 */
export function defineLayout<Name extends string>(
  name: string,
  doc: string,
  fields: Record<Name, Field>,
  alignBytes = 8,
): Layout<Name> {
  const byte = {} as Record<Name, number>;
  const word = {} as Record<Name, number>;
  let end = 0;
  for (const key of Object.keys(fields) as Name[]) {
    const field = fields[key];
    end = roundUp(end, field.alignBytes ?? TYPE_BYTES[field.type]);
    byte[key] = end;
    word[key] = Math.floor(end / 4);
    end += fieldBytes(field);
  }
  const lengthBytes = roundUp(end, alignBytes);
  const layout = { name, doc, fields, byte, word, lengthBytes, lengthWords: lengthBytes / 4, alignBytes };
  return Object.freeze(layout);
}

/** A table and how often it is repeated: a number, or the name of a number that `place` is given. */
export interface Part {
  readonly layout: Layout;
  readonly count: number | string;
  /** Name of the number of bytes from one to the next, where something follows each. @default the table's length */
  readonly strideBytes?: string;
  /** It begins a page, whose length `place` is given as `pageBytes`: others may write what lies before it. */
  readonly beginsPage?: boolean;
}

/** A whole shared segment: tables one after another, the first of which starts with the magic and the version. */
export interface SegmentLayout<Name extends string = string> {
  readonly name: string;
  readonly doc: string;
  /** First word of the segment, written last when it is made. */
  readonly magic: number;
  /** Raised with each change that an older version of the package would misread. */
  readonly version: number;
  readonly parts: Readonly<Record<Name, Part>>;
  /** Paragraphs for readers of docs/memory-layout.md: rules, orders, who repairs what. */
  readonly notes?: string;
}

export interface Placed<Name extends string> {
  readonly byte: Readonly<Record<Name, number>>;
  readonly word: Readonly<Record<Name, number>>;
  readonly lengthBytes: number;
}

/** Where each part of a segment begins, for the given counts. */
export function place<Name extends string>(
  segment: SegmentLayout<Name>,
  counts: Readonly<Record<string, number>> = {},
): Placed<Name> {
  const byte = {} as Record<Name, number>;
  const word = {} as Record<Name, number>;
  const numberOf = (count: number | string) => {
    const value = typeof count === 'number' ? count : counts[count];
    if (value === undefined || !Number.isSafeInteger(value) || value < 0)
      throw new TypeError(`segment ${segment.name}: \`${count}\` must be a whole number, received ${value}`);
    return value;
  };
  let end = 0;
  for (const key of Object.keys(segment.parts) as Name[]) {
    const { layout, count, strideBytes, beginsPage } = segment.parts[key] as Part;
    end = roundUp(end, beginsPage ? numberOf('pageBytes') : layout.alignBytes);
    byte[key] = end;
    word[key] = end / 4;
    end += numberOf(strideBytes ?? layout.lengthBytes) * numberOf(count);
  }
  return { byte, word, lengthBytes: end };
}
