import { decodeRecord, RecordError } from '../wire/record.js';
import { crc32 } from './checksum.js';
import type { RecordCopy } from './copy-record.js';
import { readLargeValue } from './large-values.js';

/**
 * The value of what was copied from a cell; `{ broken }` says why there is none.
 * @throws MprocError `ERR_SYSTEM` when it cannot be read now
 */
export function decodeCopy(copy: RecordCopy): { value: unknown } | { broken: string } {
  const { bytes, keyLengthBytes, file, sum } = copy;
  if (bytes === undefined) return { broken: 'its parts cannot be found' };
  const large = file === undefined ? undefined : readLargeValue(file);
  if (file !== undefined && large === undefined) return { broken: `its file ${file} is gone` };
  const whole = crc32(bytes);
  if ((large === undefined ? whole : crc32(large, whole)) !== sum) return { broken: 'its checksum is wrong' };
  try {
    const text = large === undefined ? bytes.toString('utf8', keyLengthBytes) : large.toString('utf8');
    return { value: decodeRecord(text) };
  } catch (error) {
    if (error instanceof RecordError) return { broken: error.message };
    throw error;
  }
}
