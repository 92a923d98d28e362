// Halves, bytes and flags of words, as chips compute and fill them.
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

inline constexpr KoalaBear kTwoTo8 = KoalaBear::from(std::uint32_t{1} << 8);
inline constexpr KoalaBear kTwoTo15 = KoalaBear::from(std::uint32_t{1} << 15);
inline constexpr KoalaBear kTwoTo16 = KoalaBear::from(std::uint32_t{1} << 16);
inline constexpr KoalaBear kPerByte = kTwoTo8.inverse();

constexpr std::uint32_t low_half(std::uint32_t word) { return word & 0xffff; }
constexpr std::uint32_t high_half(std::uint32_t word) { return word >> 16; }
constexpr std::uint32_t byte_of(std::uint32_t word, unsigned i) { return word >> (8 * i) & 255; }

/// The word with these bytes, the least significant first.
template <class T>
CAIRN_DEVICE Word<T> word_of(const T (&bytes)[4]) {
  return {bytes[0] + bytes[1] * kTwoTo8, bytes[2] + bytes[3] * kTwoTo8};
}

constexpr void put_bytes(KoalaBear (&to)[4], std::uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) to[i] = number(byte_of(word, i));
}
constexpr KoalaBear flag_of(bool set) { return set ? KoalaBear::one() : KoalaBear::zero(); }

/// All four bytes, as two pairs.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void check_bytes(B& b, const Flag<T>& real, const T (&bytes)[4]) {
  b.lookup(BusOf::byte_pair, real, {bytes[0], bytes[1]});
  b.lookup(BusOf::byte_pair, real, {bytes[2], bytes[3]});
}
inline void count_bytes(std::uint32_t word, Lookups& lookups) {
  lookups.pair(byte_of(word, 0), byte_of(word, 1));
  lookups.pair(byte_of(word, 2), byte_of(word, 3));
}

/// `sign` is bit 15 of the half `hi`: without it, twice the half is a half.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void check_sign(B& b, const Flag<T>& is_signed, const T& hi, const T& sign) {
  check_half(b, is_signed, (hi - sign * kTwoTo15) * number(2));
}
inline void count_sign(std::uint32_t word, Lookups& lookups) { lookups.half(2 * (high_half(word) & 0x7fff)); }

}  // namespace cairn::rv32
