import { MprocError } from '../errors/errors.js';
import { readFully } from '../segment/file-buffer.js';
import { openForeign } from '../segment/foreign-file.js';
import { libc } from '../segment/libc.js';
import { type Mapping, pages } from '../segment/pages.js';
import { refuseTransfer } from '../segment/segment.js';
import { makeView } from '../values/make-bytes.js';
import { detach } from './detach.js';
import { isLoanReference, type LoanReference, SEAL_BYTES } from './reference.js';

/** Memory of the parent that a job reads. */
export interface Borrowed {
  readonly path: string;
  readonly seal: number;
  readonly buffer: ArrayBuffer;
  readonly mapping: Mapping;
}

/**
 * Addresses are given back when nothing can look there any more: what writes an array to a file knows its address also when
 * the array has been taken from the job.
 */
const unused = new FinalizationRegistry<Mapping>(({ address, lengthBytes }) =>
  pages().unmap(address, lengthBytes),
);

/** The attempt has ended: its arrays have no elements from now on, and the memory is its owner's alone. */
export function endLoan({ buffer, mapping }: Borrowed): void {
  detach(buffer);
  libc().mapEmptyOver(BigInt(mapping.address), mapping.lengthBytes);
  unused.register(buffer, mapping);
}

/**
 * @param borrowed what the same value has of the parent, which this adds to
 * @throws MprocError `ERR_VALUE_DECODE` when it was released; `ERR_MEMORY_FULL`, `ERR_SYSTEM`
 */
export function readLoan(descriptor: unknown, borrowed: Borrowed[]): object {
  if (!isLoanReference(descriptor))
    throw new MprocError('ERR_VALUE_DECODE', 'a reference to a loaned array is not as it must be');
  const [path, , seal, , , kind, start, lengthBytes] = descriptor;
  // Views of one memory stay views of one.
  let loan = borrowed.find((one) => one.path === path && one.seal === seal);
  if (loan === undefined) {
    loan = open(descriptor);
    borrowed.push(loan);
  }
  const view = makeView(kind, loan.buffer, start, lengthBytes);
  if (view === undefined)
    throw new MprocError('ERR_VALUE_DECODE', 'a loaned array does not lie in its memory');
  return view;
}

function open([path, inode, seal, mappedBytes, memoryBytes]: LoanReference): Borrowed {
  const fd = openForeign({ path, inode, access: 'read', owner: 'sender' });
  if (fd === undefined) throw gone();
  try {
    // To touch a page beyond the end of a file is SIGBUS. While it is open here, it is lent to nobody else.
    if (libc().lengthOf(fd) !== mappedBytes + SEAL_BYTES || sealOf(fd, mappedBytes) !== seal) throw gone();
    const address = pages().mapOwnCopy(fd, mappedBytes);
    if (address === undefined)
      throw new MprocError('ERR_MEMORY_FULL', `${mappedBytes} bytes of a loaned array could not be mapped`);
    const buffer = pages().view(address, memoryBytes);
    refuseTransfer(buffer);
    return { path, seal, buffer, mapping: { address, lengthBytes: mappedBytes } };
  } finally {
    libc().close(fd);
  }
}

const sealBytes = Buffer.alloc(SEAL_BYTES);

function sealOf(fd: number, at: number): number {
  readFully(sealBytes, fd, at);
  return sealBytes.readDoubleLE();
}

function gone(): MprocError {
  return new MprocError(
    'ERR_VALUE_DECODE',
    'a loaned array was released before the job had it; release it when its jobs are done',
  );
}
