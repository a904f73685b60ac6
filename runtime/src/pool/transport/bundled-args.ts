/** The arguments of a bundle's jobs lie one after another in whole words, each behind its length, which is a word. */
const WORD_BYTES = 4;

/** Where the arguments are whose length is at `at`; all in bytes from the start of the segment. */
export function argsBehind(at: number): number {
  return at + WORD_BYTES;
}

export function readArgsLength(words: Int32Array, at: number): number {
  return words[at >>> 2]!;
}

export function writeArgsLength(words: Int32Array, at: number, lengthBytes: number): void {
  words[at >>> 2] = lengthBytes;
}

/** Where the length of the next arguments is. */
export function afterArgs(at: number, lengthBytes: number): number {
  return at + WORD_BYTES + ((lengthBytes + WORD_BYTES - 1) & -WORD_BYTES);
}
