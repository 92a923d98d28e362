/* The C library: formatted text, the heap, thread-local errno, sorting, atexit, and prints that go nowhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

static int by_value(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }
static void last(void) { write_output((const uint8_t*)".", 1); }
static int initialised = 41, zeroed;
static _Thread_local int local = 17;

int main(void) {
  const uint8_t* input;
  const uint8_t* again;
  size_t size, size_again;
  read_input(&input, &size);
  read_input(&again, &size_again);
  if (again != input || size_again != size || (uintptr_t)input % 16 != 0) return EXIT_FAILURE;
  int* const values = malloc(3 * sizeof *values);
  values[0] = 30, values[1] = -4, values[2] = 7;
  qsort(values, 3, sizeof *values, by_value);
  errno = 0;
  const long bad = strtol("99999999999999", NULL, 10);
  char text[128];
  const int length = snprintf(text, sizeof text, "%d %d %d|%d|%d %d %d|%.*s", values[0], values[1], values[2], errno == ERANGE && bad > 0,
                              initialised + 1, zeroed, local, (int)size, (const char*)input);
  free(values);
  atexit(last);
  printf("nobody reads this: %s\n", text);
  fprintf(stderr, "nor this\n");
  write_output((const uint8_t*)text, (size_t)length);
  write_output((const uint8_t*)"", 0);
  return EXIT_SUCCESS;
}
