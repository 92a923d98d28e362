/* Input: whole numbers of 4 bytes, little endian. Journal: how many, 4 bytes, and the SHA-256 of the same
   numbers in ascending order. Sorts by merging runs that double, in memory from the heap. */
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

#include "../lib/sha256.h"

static void merge(uint32_t* to, const uint32_t* left, const uint32_t* middle, const uint32_t* right) {
  const uint32_t* a = left;
  const uint32_t* b = middle;
  while (a < middle && b < right) *to++ = *b < *a ? *b++ : *a++;
  while (a < middle) *to++ = *a++;
  while (b < right) *to++ = *b++;
}

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  if (size % 4 != 0) return EXIT_FAILURE;
  const size_t count = size / 4;
  uint32_t* from = malloc(size + 4);
  uint32_t* to = malloc(size + 4);
  if (!from || !to) abort();
  if (size) memcpy(from, input, size);
  for (size_t run = 1; run < count; run *= 2) {
    for (size_t left = 0; left < count; left += 2 * run) {
      const size_t middle = left + run < count ? left + run : count;
      const size_t right = middle + run < count ? middle + run : count;
      merge(to + left, from + left, from + middle, from + right);
    }
    uint32_t* const sorted = to;
    to = from;
    from = sorted;
  }
  uint8_t journal[4 + 32];
  const uint32_t words = (uint32_t)count;
  memcpy(journal, &words, sizeof words);
  sha256(from, size, journal + 4);
  write_output(journal, sizeof journal);
  return EXIT_SUCCESS;
}
