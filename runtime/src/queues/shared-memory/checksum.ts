import * as zlib from 'node:zlib';

const TABLE = new Int32Array(256).map((_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

// Node.js has it since 20.15; the call pays from some length on.
const native = (zlib as { crc32?: (data: Uint8Array, value?: number) => number }).crc32;
const NATIVE_FROM_BYTES = 96;

/** CRC-32 of the bytes, continued from `start`. */
export function crc32(bytes: Uint8Array, start = 0): number {
  if (native && bytes.length >= NATIVE_FROM_BYTES) return native(bytes, start >>> 0) | 0;
  return crcOf(bytes, start);
}

function crcOf(bytes: Uint8Array, start: number): number {
  let value = ~start;
  for (let at = 0; at < bytes.length; at += 1) value = TABLE[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8);
  return ~value;
}

/** Mixes a 32-bit number into a checksum. */
export function mix(sum: number, value: number): number {
  const mixed = Math.imul(sum ^ value, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) | 0;
}
