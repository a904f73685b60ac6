import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { MprocError } from '../errors/errors.js';
import { errnoOf, systemError } from '../errors/system-error.js';
import { mustBeSupported } from '../platform/host.js';
import { addonsRefused, isAddonRefusal } from '../platform/permissions.js';

/** The C functions that Node.js does not offer, called without compiling anything. */
export interface Libc {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  /** Gives a file its rights, whatever the umask says. Under `--permission` Node.js does not. @throws MprocError `ERR_SYSTEM` */
  setMode(fd: number, mode: number): void;
  /**
   * A file of memory that is in no folder and has no name, closed on exec.
   * @returns its descriptor, or the name of the error where the system refuses
   */
  memoryFile(label: string): number | string;
  /** How long a file is, in bytes. */
  lengthOf(fd: number): number;
  /** Takes the pages of a file from one byte to another. Returns the error number itself, 0 for success. */
  reserve(fd: number, fromByte: number, toByte: number): number;
  /** `undefined` when the mapping fails; `errno()` tells why. */
  map(fd: number, lengthBytes: number): { address: bigint; buffer: ArrayBuffer } | undefined;
  unmap(address: bigint, lengthBytes: number): void;
  /** Puts empty pages of this process alone in the place of mapped ones. `false` when that fails; nothing changed then. */
  mapEmptyOver(address: bigint, lengthBytes: number): boolean;
  /** Says what this process may do with whole pages. `false` when that fails; `errno()` tells why. */
  protect(address: bigint, lengthBytes: number, access: 'read' | 'write'): boolean;
  /** Two connected descriptors, both non-blocking and closed on exec. @throws MprocError `ERR_SYSTEM` */
  socketPair(): [number, number];
  /** A pipe, its end to read first, neither of which blocks; closed on exec. @throws MprocError `ERR_SYSTEM` */
  pipe(): [number, number];
  errno(): number;
  errorName(errorNumber: number): string;
  /**
   * Has a process killed when the other end of a socket pair is closed, by whatever ends it, as long as it has this end
   * open. `false` where the system cannot.
   */
  killOnHangUp(fd: number, pid: number): boolean;
  /** Ends this process when the thread that forked it ends. `false` where the system cannot. */
  dieWithParent(signalNumber: number): boolean;
  /** Ends this process as it is: no library does anything about it. */
  exitNow(code: number): void;
  /** How much later than asked for this thread may be woken, in nanoseconds; Linux allows itself 50,000 by default. */
  setTimerSlack(nanoseconds: number): void;
}

/** Hears what this thread takes of its process through the C library, and gives back: Node.js does not know of it. */
export interface Tracker {
  opened(fd: number): void;
  /** It is about to be closed, or is Node.js's from now on. */
  closing(fd: number): void;
  mapped(address: bigint, lengthBytes: number): void;
  unmapped(address: bigint): void;
  forked(pid: number): void;
  reaped(pid: number): void;
}

let tracker: Tracker | undefined;

/** Of a thread that others may outlive. */
export function trackWith(hearing: Tracker): void {
  tracker = hearing;
}

export function tracked(): Tracker | undefined {
  return tracker;
}

const SEEK_END = 2;
const F_SETFL = 4;
const SIGKILL = 9;
/** These four as Linux has them. */
const F_SETOWN = 8;
const F_SETSIG = 10;
const O_NONBLOCK = 0o4000;
const O_ASYNC = 0o20000;
/** These three as macOS has them. */
const F_PREALLOCATE = 42;
const F_ALLOCATEALL = 4;
const F_PEOFPOSMODE = 3;
const LACKS_OF_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const PROT_READ = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
/** These two as Linux has them; without the second a system may refuse memory that could be run. */
const MFD_CLOEXEC = 1;
const MFD_NOEXEC_SEAL = 8;
const PR_SET_PDEATHSIG = 1;
const PR_SET_TIMERSLACK = 29;
const EINTR = 4;
const AF_UNIX = 1;
const SOCK_STREAM = 1;

/** Values that differ between the systems we run on. */
const FLAGS = {
  linux: {
    O_CLOEXEC: 0o2000000,
    SOCK_NONBLOCK: 0o4000,
    SOCK_CLOEXEC: 0o2000000,
    MAP_ANONYMOUS: 0x20,
    MAP_NORESERVE: 0x4000,
  },
  darwin: {
    O_CLOEXEC: 0x1000000,
    SOCK_NONBLOCK: 0,
    SOCK_CLOEXEC: 0,
    MAP_ANONYMOUS: 0x1000,
    MAP_NORESERVE: 0x40,
  },
} as const;

type SystemFlags = Readonly<Record<keyof (typeof FLAGS)['linux'], number>>;

/** @throws MprocError `ERR_PLATFORM` */
export function systemFlags(): SystemFlags {
  mustBeSupported();
  return FLAGS[process.platform as keyof typeof FLAGS];
}

type Koffi = typeof import('koffi');

const require = createRequire(import.meta.url);
let knownFile: string | undefined;
let loadedFile: string | undefined;
let koffi: Koffi | undefined;

/** The file of the native library, for other processes of ours: to find it takes longer than to load it. */
export function nativeFile(): string | undefined {
  libc();
  return loadedNativeFile();
}

/** The same where it has been loaded. */
export function loadedNativeFile(): string | undefined {
  return loadedFile ?? Object.keys(require.cache).find((file) => /koffi[^/]*\.node$/.test(file));
}

/** Tells where the native library is, before it is first used. */
export function useNativeFile(file: string): void {
  knownFile = file;
}

function loadKoffi(): Koffi {
  if (knownFile !== undefined)
    try {
      const native = { exports: {} as Koffi };
      process.dlopen(native as unknown as NodeModule, knownFile);
      loadedFile = knownFile;
      return native.exports;
    } catch {
      // It was taken away, as by an update of the packages: the usual way finds another, or says what is wrong.
    }
  try {
    return require('koffi') as Koffi;
  } catch (cause) {
    if (isAddonRefusal(cause)) throw addonsRefused(cause);
    const problem = `the native library koffi could not be loaded on ${process.platform} ${process.arch}`;
    // As where no descriptor is left for its files: they are there.
    const refusal = errnoOf(cause) ? cause : refusalOfFiles();
    if (errnoOf(refusal)) throw systemError(problem, refusal);
    throw new MprocError('ERR_PLATFORM', `${problem}; install the packages again, on this system`, { cause });
  }
}

/** From Node.js 24 on a package whose manifest cannot be opened is said to be missing, whatever the reason. */
function refusalOfFiles(): unknown {
  try {
    closeSync(openSync(process.execPath, 'r'));
  } catch (error) {
    return error;
  }
}

/** The C library, for those who declare more of its functions. @throws MprocError `ERR_PLATFORM` */
export function loadLibrary(): { koffi: Koffi; lib: ReturnType<Koffi['load']> } {
  mustBeSupported();
  koffi ??= loadKoffi();
  return { koffi, lib: koffi.load(process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : null) };
}

type NativeFunction = (...values: unknown[]) => unknown;

/** A function of the library that is looked up when it is first called: a child calls few of them. */
function onFirstCall(lib: ReturnType<Koffi['load']>, prototype: string): NativeFunction {
  let found: NativeFunction | undefined;
  return (...values) => {
    found ??= lib.func(prototype) as NativeFunction;
    return found(...values);
  };
}

function load(): Libc {
  const flags = systemFlags();
  const { koffi, lib } = loadLibrary();
  const linux = process.platform === 'linux';
  const declare = (prototype: string) => onFirstCall(lib, prototype);
  // Variadic as it is: on Apple's ARM64 what follows the named parameters lies elsewhere.
  const open = declare('int open(const char *path, int flags, ...)');
  const close = declare('int close(int fd)');
  const fchmod = declare('int fchmod(int fd, unsigned int mode)');
  const lseek = declare('int64_t lseek(int fd, int64_t offset, int from)');
  const mmap = declare(
    'void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)',
  );
  const exitNow = declare('void _exit(int status)');
  const munmap = declare('int munmap(void *at, size_t length)');
  const mprotect = declare('int mprotect(void *at, size_t length, int protection)');
  const socketpair = declare('int socketpair(int domain, int type, int protocol, _Out_ int *pair)');
  const pipe2 = linux
    ? declare('int pipe2(_Out_ int *ends, int flags)')
    : declare('int pipe(_Out_ int *ends)');
  const fallocate = linux
    ? declare('int posix_fallocate(int fd, int64_t offset, int64_t length)')
    : undefined;
  const ftruncate = linux ? undefined : declare('int ftruncate(int fd, int64_t length)');
  const fcntl = declare('int fcntl(int fd, int command, ...)');
  const memfdCreate = linux ? declare('int memfd_create(const char *name, unsigned int flags)') : undefined;
  const prctl = linux
    ? declare('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)')
    : undefined;

  /** macOS has no posix_fallocate, and a length alone reserves nothing there. */
  const preallocate = (fd: number, fromByte: number, toByte: number): number => {
    if (fcntl(fd, F_PREALLOCATE, 'void *', storeRequest(toByte - fromByte)) !== 0) {
      const failure = koffi.errno();
      // A file system that cannot do it says so otherwise than one that has no room.
      if (LACKS_OF_ROOM.includes(errorName(failure))) return failure;
    }
    return ftruncate?.(fd, toByte) === 0 ? 0 : koffi.errno();
  };

  const errorName = (errorNumber: number) => {
    const found = Object.entries(koffi.os.errno as Record<string, number>).find(
      ([, number]) => number === errorNumber,
    );
    return found?.[0] ?? `error ${errorNumber}`;
  };

  return {
    open(path, openFlags, mode) {
      const fd = open(path, openFlags, 'int', mode) as number;
      if (fd >= 0) tracker?.opened(fd);
      return fd;
    },
    close(fd) {
      tracker?.closing(fd);
      return close(fd) as number;
    },
    setMode(fd, mode) {
      if (fchmod(fd, mode) !== 0)
        throw systemError('the rights of shared memory could not be set', errorName(koffi.errno()));
    },
    memoryFile(label) {
      if (memfdCreate === undefined) return 'ENOSYS';
      try {
        let fd = memfdCreate(label, MFD_CLOEXEC | MFD_NOEXEC_SEAL) as number;
        // Kernels before 6.3 do not know the second flag.
        if (fd < 0 && errorName(koffi.errno()) === 'EINVAL') fd = memfdCreate(label, MFD_CLOEXEC) as number;
        if (fd < 0) return errorName(koffi.errno());
        tracker?.opened(fd);
        return fd;
      } catch {
        // A C library that does not have it.
        return 'ENOSYS';
      }
    },
    lengthOf: (fd) => Number(lseek(fd, 0, SEEK_END)),
    reserve(fd, fromByte, toByte) {
      if (fallocate === undefined) return preallocate(fd, fromByte, toByte);
      // Any signal interrupts it, as the death of a child.
      for (;;) {
        const failure = fallocate(fd, fromByte, toByte - fromByte) as number;
        if (failure !== EINTR) return failure;
      }
    },
    map(fd, length) {
      const at = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      const address = koffi.address(at);
      if (address === BigInt.asUintN(64, -1n) || address === -1n) return undefined;
      tracker?.mapped(address, length);
      return { address, buffer: koffi.view(at, length) };
    },
    unmap(address, length) {
      tracker?.unmapped(address);
      munmap(address, length);
    },
    mapEmptyOver(address, length) {
      const kind = MAP_PRIVATE | MAP_FIXED | flags.MAP_ANONYMOUS | flags.MAP_NORESERVE;
      return koffi.address(mmap(address, length, PROT_READ_WRITE, kind, -1, 0)) === address;
    },
    protect: (address, length, access) =>
      mprotect(address, length, access === 'read' ? PROT_READ : PROT_READ_WRITE) === 0,
    socketPair() {
      const pair = new Int32Array(2);
      if (socketpair(AF_UNIX, SOCK_STREAM | flags.SOCK_NONBLOCK | flags.SOCK_CLOEXEC, 0, pair) !== 0)
        throw systemError('a socket pair could not be made', errorName(koffi.errno()));
      const [a = -1, b = -1] = pair;
      if (!linux) for (const fd of [a, b]) setNonBlockingAndCloseOnExec(fcntl, fd);
      for (const fd of [a, b]) tracker?.opened(fd);
      return [a, b];
    },
    pipe() {
      const ends = new Int32Array(2);
      const failed = linux ? pipe2(ends, O_NONBLOCK | flags.O_CLOEXEC) : pipe2(ends);
      if (failed !== 0) throw systemError('a pipe could not be made', errorName(koffi.errno()));
      const [from = -1, to = -1] = ends;
      if (!linux) for (const fd of [from, to]) setNonBlockingAndCloseOnExec(fcntl, fd);
      for (const fd of [from, to]) tracker?.opened(fd);
      return [from, to];
    },
    errno: () => koffi.errno(),
    errorName,
    killOnHangUp: (fd, pid) =>
      linux &&
      fcntl(fd, F_SETOWN, 'int', pid) === 0 &&
      fcntl(fd, F_SETSIG, 'int', SIGKILL) === 0 &&
      fcntl(fd, F_SETFL, 'int', O_NONBLOCK | O_ASYNC) === 0,
    dieWithParent: (signalNumber) =>
      prctl !== undefined && prctl(PR_SET_PDEATHSIG, signalNumber, 0, 0, 0) === 0,
    exitNow: (code) => void exitNow(code),
    setTimerSlack: (nanoseconds) => void prctl?.(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0),
  };
}

/** `fstore_t` of macOS: so many bytes, in whatever pieces, after those that the file has. */
function storeRequest(lengthBytes: number): Buffer {
  const request = Buffer.alloc(32);
  request.writeUInt32LE(F_ALLOCATEALL, 0);
  request.writeInt32LE(F_PEOFPOSMODE, 4);
  request.writeBigInt64LE(BigInt(lengthBytes), 16);
  return request;
}

function setNonBlockingAndCloseOnExec(fcntl: NativeFunction, fd: number): void {
  const F_SETFD = 2;
  const FD_CLOEXEC = 1;
  const O_NONBLOCK = 4;
  fcntl(fd, F_SETFD, 'int', FD_CLOEXEC);
  fcntl(fd, F_SETFL, 'int', O_NONBLOCK);
}

let loaded: Libc | undefined;

/** Loads the native library on first use. @throws MprocError `ERR_PLATFORM` where there is none, or it is forbidden */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}
