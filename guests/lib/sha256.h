/* SHA-256 (FIPS 180-4) for guests. */
#ifndef GUESTS_LIB_SHA256_H
#define GUESTS_LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t state[8];
  uint64_t bytes;
  uint8_t block[64];
} Sha256;

void sha256_begin(Sha256* hash);
void sha256_add(Sha256* hash, const void* bytes, size_t size);
void sha256_end(Sha256* hash, uint8_t digest[32]);
void sha256(const void* bytes, size_t size, uint8_t digest[32]);

#endif
