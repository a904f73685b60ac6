export { decodeRecord, encodeRecord, RecordError } from './record.js';
