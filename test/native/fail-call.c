/*
 * Preloaded, this has calls of the C library fail as a system that runs out, or is out of order, has them fail.
 *
 *   MPROC_FAIL=<function>:<errno>:<from>[:<count>]   the calls from the <from>-th on fail, <count> of them (1), 0 for all
 *   MPROC_FAIL_PATH=<text>    only calls with this in the path, or that of the descriptor, count; of those without either all do
 *   MPROC_FAIL_AFTER=<file>   nothing fails, or counts, before this file exists; with the name `begin`, between two looks of
 *                             the program for files of the names `mproc-fault:begin` and `mproc-fault:end`
 *   MPROC_FAIL_COUNTS=<file>  at its end the process writes there how often each function was called
 *
 * It is of the process that was started with it, not of those that this one starts.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
  OPEN, CLOSE, READ, WRITE, MMAP, MUNMAP, FALLOCATE, FTRUNCATE, SOCKETPAIR, PIPE, FORK, FCNTL, FCHMOD, STAT, READLINK,
  UNLINK, RENAME, LINK, OPENDIR, INOTIFY_INIT, INOTIFY_ADD, KILL, LSEEK, MADVISE, MKDIR, EXEC, CALLS
};
static const char *names[CALLS] = {
  "open", "close", "read", "write", "mmap", "munmap", "fallocate", "ftruncate", "socketpair", "pipe", "fork", "fcntl",
  "fchmod", "stat", "readlink", "unlink", "rename", "link", "opendir", "inotify_init", "inotify_add", "kill", "lseek",
  "madvise", "mkdir", "exec"
};

static int wanted = -1;
static int wanted_errno;
static long wanted_from = 1, wanted_count = 1;
static const char *wanted_path, *counts_file, *after_file;
static int is_armed, is_told;
static pid_t own_pid;
/* Shared with forked processes, so that what they call until they become another program counts as well. */
static long *counts;

static void *next_of(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  char *text = getenv("MPROC_FAIL");
  wanted_path = getenv("MPROC_FAIL_PATH");
  counts_file = getenv("MPROC_FAIL_COUNTS");
  after_file = getenv("MPROC_FAIL_AFTER");
  own_pid = getpid();
  is_armed = after_file == NULL;
  is_told = after_file != NULL && strcmp(after_file, "begin") == 0;
  void *shared = mmap(NULL, CALLS * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) abort();
  counts = shared;
  if (text) {
    char name[32] = "";
    sscanf(text, "%31[^:]:%d:%ld:%ld", name, &wanted_errno, &wanted_from, &wanted_count);
    for (int at = 0; at < CALLS; at++)
      if (strcmp(names[at], name) == 0) wanted = at;
  }
  if (text || counts_file) {
    unsetenv("LD_PRELOAD");
  }
}

static int armed(void) {
  if (!is_armed && !is_told && syscall(SYS_access, after_file, 0) == 0) is_armed = 1;
  return is_armed;
}

/* Is it a descriptor of a file that is meant? */
static int is_meant(int fd) {
  char link[64], path[512];
  if (wanted_path == NULL) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, wanted_path) != NULL;
}

/*
 * Is it one of those by which libuv wakes its own threads and hears of signals? When these fail it ends the program, or
 * never hears of the end of a child, whatever the program does.
 */
static int is_of_libuv(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, "pipe:", 5) == 0 || strncmp(path, "anon_inode:", 11) == 0;
}

/* Whether this call is to fail; errno is set then. */
static int fails(enum call call, const char *path) {
  if (counts == NULL || !armed()) return 0;
  if (wanted_path && path && !strstr(path, wanted_path)) return 0;
  long number = __atomic_add_fetch(&counts[call], 1, __ATOMIC_RELAXED);
  if ((int)call != wanted || number < wanted_from) return 0;
  if (wanted_count != 0 && number >= wanted_from + wanted_count) return 0;
  errno = wanted_errno;
  return 1;
}

__attribute__((destructor)) static void end(void) {
  if (!counts_file || getpid() != own_pid) return;
  char text[4096];
  int length = 0;
  for (int at = 0; at < CALLS; at++)
    length += snprintf(text + length, sizeof text - length, "%s %ld\n", names[at], counts[at]);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, counts_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return;
  syscall(SYS_write, fd, text, length);
  syscall(SYS_close, fd);
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type(*)(__VA_ARGS__))next_of(name)

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) {
  MODE(flags)
  if (fails(OPEN, path)) return -1;
  REAL(int, "open", const char *, int, ...);
  return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  if (fails(OPEN, path)) return -1;
  REAL(int, "open64", const char *, int, ...);
  return real(path, flags, mode);
}

int close(int fd) {
  REAL(int, "close", int);
  /* The descriptor is gone all the same, as on Linux. */
  if (is_meant(fd) && fails(CLOSE, NULL)) {
    int reason = errno;
    real(fd);
    errno = reason;
    return -1;
  }
  return real(fd);
}

ssize_t read(int fd, void *to, size_t length) {
  if (is_meant(fd) && !is_of_libuv(fd) && fails(READ, NULL)) return -1;
  REAL(ssize_t, "read", int, void *, size_t);
  return real(fd, to, length);
}

ssize_t pread(int fd, void *to, size_t length, off_t at) {
  if (is_meant(fd) && !is_of_libuv(fd) && fails(READ, NULL)) return -1;
  REAL(ssize_t, "pread", int, void *, size_t, off_t);
  return real(fd, to, length, at);
}

ssize_t pread64(int fd, void *to, size_t length, off64_t at) {
  if (is_meant(fd) && !is_of_libuv(fd) && fails(READ, NULL)) return -1;
  REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
  return real(fd, to, length, at);
}

ssize_t write(int fd, const void *from, size_t length) {
  if (fd > 2 && is_meant(fd) && !is_of_libuv(fd) && fails(WRITE, NULL)) return -1;
  REAL(ssize_t, "write", int, const void *, size_t);
  return real(fd, from, length);
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) {
  if (is_meant(fd) && !is_of_libuv(fd) && fails(WRITE, NULL)) return -1;
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return real(fd, from, length, at);
}

ssize_t pwrite64(int fd, const void *from, size_t length, off64_t at) {
  if (is_meant(fd) && !is_of_libuv(fd) && fails(WRITE, NULL)) return -1;
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return real(fd, from, length, at);
}

/* Of files alone: what V8 takes for itself ends a program that it is refused to, whatever the program does. */
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fd >= 0 && is_meant(fd) && fails(MMAP, NULL)) return MAP_FAILED;
  REAL(void *, "mmap", void *, size_t, int, int, int, off_t);
  return real(at, length, protection, flags, fd, offset);
}

int madvise(void *at, size_t length, int advice) {
  /* Only what gathers huge pages; V8 uses others, and ends the program when they fail. */
  if ((advice == MADV_HUGEPAGE || advice == 25) && fails(MADVISE, NULL)) return -1;
  REAL(int, "madvise", void *, size_t, int);
  return real(at, length, advice);
}

int posix_fallocate(int fd, off_t at, off_t length) {
  if (is_meant(fd) && fails(FALLOCATE, NULL)) return errno;
  REAL(int, "posix_fallocate", int, off_t, off_t);
  return real(fd, at, length);
}

int ftruncate(int fd, off_t length) {
  if (is_meant(fd) && fails(FTRUNCATE, NULL)) return -1;
  REAL(int, "ftruncate", int, off_t);
  return real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  if (is_meant(fd) && fails(FTRUNCATE, NULL)) return -1;
  REAL(int, "ftruncate64", int, off64_t);
  return real(fd, length);
}

int socketpair(int domain, int type, int protocol, int pair[2]) {
  if (fails(SOCKETPAIR, NULL)) return -1;
  REAL(int, "socketpair", int, int, int, int *);
  return real(domain, type, protocol, pair);
}

int pipe(int pair[2]) {
  if (fails(PIPE, NULL)) return -1;
  REAL(int, "pipe", int *);
  return real(pair);
}

int pipe2(int pair[2], int flags) {
  if (fails(PIPE, NULL)) return -1;
  REAL(int, "pipe2", int *, int);
  return real(pair, flags);
}

pid_t fork(void) {
  if (fails(FORK, NULL)) return -1;
  REAL(pid_t, "fork", void);
  return real();
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (fails(FCNTL, NULL)) return -1;
  REAL(int, "fcntl", int, int, ...);
  return real(fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if (fails(FCNTL, NULL)) return -1;
  REAL(int, "fcntl64", int, int, ...);
  return real(fd, command, argument);
}

int fchmod(int fd, mode_t mode) {
  if (is_meant(fd) && fails(FCHMOD, NULL)) return -1;
  REAL(int, "fchmod", int, mode_t);
  return real(fd, mode);
}

int fstat(int fd, struct stat *to) {
  if (is_meant(fd) && fails(STAT, NULL)) return -1;
  REAL(int, "fstat", int, struct stat *);
  return real(fd, to);
}

int fstat64(int fd, struct stat64 *to) {
  if (is_meant(fd) && fails(STAT, NULL)) return -1;
  REAL(int, "fstat64", int, struct stat64 *);
  return real(fd, to);
}

int stat(const char *path, struct stat *to) {
  if (fails(STAT, path)) return -1;
  REAL(int, "stat", const char *, struct stat *);
  return real(path, to);
}

int lstat(const char *path, struct stat *to) {
  if (fails(STAT, path)) return -1;
  REAL(int, "lstat", const char *, struct stat *);
  return real(path, to);
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *to) {
  if (fails(STAT, *path ? path : NULL)) return -1;
  REAL(int, "statx", int, const char *, int, unsigned, struct statx *);
  return real(folder, path, flags, mask, to);
}

/* libuv asks for statx by its number. */
long syscall(long number, ...) {
  va_list rest;
  long a[6];
  va_start(rest, number);
  for (int at = 0; at < 6; at++) a[at] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_statx) {
    const char *path = (const char *)a[1];
    if (fails(STAT, path && *path ? path : NULL)) return -1;
  }
  REAL(long, "syscall", long, ...);
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int execvp(const char *file, char *const arguments[]) {
  if (fails(EXEC, NULL)) return -1;
  REAL(int, "execvp", const char *, char *const *);
  return real(file, arguments);
}

ssize_t readlink(const char *path, char *to, size_t length) {
  if (fails(READLINK, path)) return -1;
  REAL(ssize_t, "readlink", const char *, char *, size_t);
  return real(path, to, length);
}

int unlink(const char *path) {
  if (fails(UNLINK, path)) return -1;
  REAL(int, "unlink", const char *);
  return real(path);
}

int rename(const char *from, const char *to) {
  if (fails(RENAME, from)) return -1;
  REAL(int, "rename", const char *, const char *);
  return real(from, to);
}

int link(const char *from, const char *to) {
  if (fails(LINK, from)) return -1;
  REAL(int, "link", const char *, const char *);
  return real(from, to);
}

int access(const char *path, int mode) {
  if (strcmp(path, "mproc-fault:begin") == 0) is_armed = 1;
  if (strcmp(path, "mproc-fault:end") == 0) is_armed = 0;
  REAL(int, "access", const char *, int);
  return real(path, mode);
}

int mkdir(const char *path, mode_t mode) {
  if (fails(MKDIR, path)) return -1;
  REAL(int, "mkdir", const char *, mode_t);
  return real(path, mode);
}

/* Node.js lists folders by the one or the other. */
DIR *opendir(const char *path) {
  if (fails(OPENDIR, path)) return NULL;
  REAL(DIR *, "opendir", const char *);
  return real(path);
}

typedef int (*filter_t)(const struct dirent *);
typedef int (*order_t)(const struct dirent **, const struct dirent **);

int scandir(const char *path, struct dirent ***list, filter_t filter, order_t order) {
  if (fails(OPENDIR, path)) return -1;
  REAL(int, "scandir", const char *, struct dirent ***, filter_t, order_t);
  return real(path, list, filter, order);
}

int scandir64(const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  if (fails(OPENDIR, path)) return -1;
  REAL(int, "scandir64", const char *, struct dirent64 ***, int (*)(const struct dirent64 *),
       int (*)(const struct dirent64 **, const struct dirent64 **));
  return real(path, list, filter, order);
}

int inotify_init1(int flags) {
  if (fails(INOTIFY_INIT, NULL)) return -1;
  REAL(int, "inotify_init1", int);
  return real(flags);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask) {
  if (fails(INOTIFY_ADD, path)) return -1;
  REAL(int, "inotify_add_watch", int, const char *, uint32_t);
  return real(fd, path, mask);
}

int kill(pid_t pid, int signal) {
  if (fails(KILL, NULL)) return -1;
  REAL(int, "kill", pid_t, int);
  return real(pid, signal);
}

off64_t lseek64(int fd, off64_t at, int from) {
  if (is_meant(fd) && fails(LSEEK, NULL)) return -1;
  REAL(off64_t, "lseek64", int, off64_t, int);
  return real(fd, at, from);
}

off_t lseek(int fd, off_t at, int from) {
  if (is_meant(fd) && fails(LSEEK, NULL)) return -1;
  REAL(off_t, "lseek", int, off_t, int);
  return real(fd, at, from);
}

int posix_fallocate64(int fd, off64_t at, off64_t length) {
  if (is_meant(fd) && fails(FALLOCATE, NULL)) return errno;
  REAL(int, "posix_fallocate64", int, off64_t, off64_t);
  return real(fd, at, length);
}
