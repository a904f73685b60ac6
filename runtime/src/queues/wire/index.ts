export { encodedAs, TAKES_ENCODED } from './encoded.js';
export { decodeRecord, encodeRecord, RecordError } from './record.js';
