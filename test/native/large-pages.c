/*
 * Preloaded, this has the machine look as if its pages were MPROC_PAGE_BYTES long (16,384 or 65,536): sysconf and
 * getpagesize say so, and mmap, munmap and madvise refuse what a kernel with such pages refuses, and map as much.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void *(*mmap_t)(void *, size_t, int, int, int, off_t);
typedef int (*munmap_t)(void *, size_t);
typedef int (*madvise_t)(void *, size_t, int);
typedef long (*sysconf_t)(int);

static size_t page_bytes(void) {
  static size_t bytes;
  if (bytes == 0) {
    const char *text = getenv("MPROC_PAGE_BYTES");
    bytes = text ? strtoul(text, NULL, 10) : 4096;
  }
  return bytes;
}

static size_t whole_pages(size_t length) { return (length + page_bytes() - 1) / page_bytes() * page_bytes(); }
static int is_unaligned(uintptr_t at) { return at % page_bytes() != 0; }

static void *real_mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  static mmap_t real;
  if (!real) real = (mmap_t)dlsym(RTLD_NEXT, "mmap");
  return real(at, length, protection, flags, fd, offset);
}

static int real_munmap(void *at, size_t length) {
  static munmap_t real;
  if (!real) real = (munmap_t)dlsym(RTLD_NEXT, "munmap");
  return real(at, length);
}

long sysconf(int name) {
  static sysconf_t real;
  if (name == _SC_PAGESIZE) return (long)page_bytes();
  if (!real) real = (sysconf_t)dlsym(RTLD_NEXT, "sysconf");
  return real(name);
}

int getpagesize(void) { return (int)page_bytes(); }

/* Addresses that such a kernel could have given, with nothing else in the last page. */
static void *place(size_t length) {
  size_t held = whole_pages(length) + page_bytes();
  char *at = real_mmap(NULL, held, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return at;
  char *from = (char *)((uintptr_t)at + page_bytes() - 1 - ((uintptr_t)at + page_bytes() - 1) % page_bytes());
  char *end = from + whole_pages(length);
  if (from > at) real_munmap(at, from - at);
  if (at + held > end) real_munmap(end, at + held - end);
  return from;
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  int is_fixed = (flags & MAP_FIXED) != 0;
  if (length == 0 || is_unaligned(offset) || (is_fixed && is_unaligned((uintptr_t)at))) {
    errno = EINVAL;
    return MAP_FAILED;
  }
  void *placed = is_fixed ? at : place(length);
  if (placed == MAP_FAILED) return placed;
  void *mapped = real_mmap(placed, whole_pages(length), protection, flags | MAP_FIXED, fd, offset);
  if (mapped == MAP_FAILED && !is_fixed) {
    int reason = errno;
    real_munmap(placed, whole_pages(length));
    errno = reason;
  }
  return mapped;
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap(at, length, protection, flags, fd, offset);
}

int munmap(void *at, size_t length) {
  if (length == 0 || is_unaligned((uintptr_t)at)) {
    errno = EINVAL;
    return -1;
  }
  return real_munmap(at, whole_pages(length));
}

int madvise(void *at, size_t length, int advice) {
  static madvise_t real;
  if (!real) real = (madvise_t)dlsym(RTLD_NEXT, "madvise");
  /* To gather pages of 2 MiB (MADV_COLLAPSE) is what such a kernel cannot. */
  if (advice == 25 || is_unaligned((uintptr_t)at)) {
    errno = EINVAL;
    return -1;
  }
  return real(at, length, advice);
}
