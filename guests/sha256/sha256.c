/* Input: any bytes. Journal: their SHA-256. */
#include "../lib/sha256.h"

#include <zkvm_io.h>

int main(void) {
  const uint8_t* input;
  size_t size;
  read_input(&input, &size);
  uint8_t digest[32];
  sha256(input, size, digest);
  write_output(digest, sizeof digest);
  return 0;
}
