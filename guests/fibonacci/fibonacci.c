/* Input: n, 4 bytes little endian. Journal: n, and the n-th Fibonacci number modulo 2^32, 4 bytes each. */
#include <stdlib.h>
#include <string.h>
#include <zkvm_io.h>

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  uint32_t n, a = 0, b = 1;
  if (size != sizeof n) return EXIT_FAILURE;
  memcpy(&n, input, sizeof n);
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t next = a + b;
    a = b;
    b = next;
  }
  const uint32_t journal[2] = {n, a};
  write_output((const uint8_t*)journal, sizeof journal);
  return EXIT_SUCCESS;
}
