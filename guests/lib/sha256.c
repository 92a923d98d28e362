#include "sha256.h"

#include <string.h>

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t value, unsigned by) { return value >> by | value << (32 - by); }

static uint32_t read_big_endian(const uint8_t* at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static void write_big_endian(uint8_t* at, uint32_t value) {
  at[0] = (uint8_t)(value >> 24);
  at[1] = (uint8_t)(value >> 16);
  at[2] = (uint8_t)(value >> 8);
  at[3] = (uint8_t)value;
}

static void compress(uint32_t state[8], const uint8_t block[64]) {
  uint32_t w[64];
  for (int i = 0; i < 16; ++i) w[i] = read_big_endian(block + 4 * i);
  for (int i = 16; i < 64; ++i) {
    const uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < 64; ++i) {
    const uint32_t s = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g))) + round_constants[i] + w[i];
    const uint32_t t = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) | (c & (a | b)));
    h = g;
    g = f;
    f = e;
    e = d + s;
    d = c;
    c = b;
    b = a;
    a = s + t;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void sha256_begin(Sha256* hash) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(hash->state, initial, sizeof initial);
  hash->bytes = 0;
}

void sha256_add(Sha256* hash, const void* bytes, size_t size) {
  const uint8_t* from = bytes;
  size_t filled = (size_t)(hash->bytes % 64);
  hash->bytes += size;
  while (size > 0) {
    if (filled == 0 && size >= 64) {
      compress(hash->state, from);
      from += 64;
      size -= 64;
      continue;
    }
    const size_t take = size < 64 - filled ? size : 64 - filled;
    memcpy(hash->block + filled, from, take);
    from += take;
    size -= take;
    filled += take;
    if (filled == 64) {
      compress(hash->state, hash->block);
      filled = 0;
    }
  }
}

void sha256_end(Sha256* hash, uint8_t digest[32]) {
  const uint64_t bits = hash->bytes * 8;
  size_t filled = (size_t)(hash->bytes % 64);
  hash->block[filled++] = 0x80;
  if (filled > 56) {
    memset(hash->block + filled, 0, 64 - filled);
    compress(hash->state, hash->block);
    filled = 0;
  }
  memset(hash->block + filled, 0, 56 - filled);
  write_big_endian(hash->block + 56, (uint32_t)(bits >> 32));
  write_big_endian(hash->block + 60, (uint32_t)bits);
  compress(hash->state, hash->block);
  for (int i = 0; i < 8; ++i) write_big_endian(digest + 4 * i, hash->state[i]);
}

void sha256(const void* bytes, size_t size, uint8_t digest[32]) {
  Sha256 hash;
  sha256_begin(&hash);
  sha256_add(&hash, bytes, size);
  sha256_end(&hash, digest);
}
