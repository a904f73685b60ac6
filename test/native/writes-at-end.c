// A library that has something to write down as its process ends, as those that measure do.
#include <stdio.h>
#include <stdlib.h>

__attribute__((destructor)) static void write_at_end(void) {
  const char *path = getenv("MPROC_TEST_AT_END");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (file == NULL) return;
  fputs("library\n", file);
  fclose(file);
}
