// What the instructions of RV32IM compute, as functions of words. Nothing here overflows, wraps by
// accident or depends on the host: shifts take the lower 5 bits, division by zero and the one quotient
// that does not fit have the results that the manual gives them.
#pragma once

#include <cstdint>

namespace cairn::rv32 {

constexpr std::int32_t as_signed(std::uint32_t a) { return static_cast<std::int32_t>(a); }
constexpr std::uint32_t as_word(std::int64_t a) { return static_cast<std::uint32_t>(a); }

constexpr std::uint32_t shift_left(std::uint32_t a, std::uint32_t b) { return a << (b & 31); }
constexpr std::uint32_t shift_right(std::uint32_t a, std::uint32_t b) { return a >> (b & 31); }
constexpr std::uint32_t shift_right_signed(std::uint32_t a, std::uint32_t b) {
  return as_word(as_signed(a) >> (b & 31));
}

constexpr bool less(std::uint32_t a, std::uint32_t b) { return as_signed(a) < as_signed(b); }

constexpr std::uint32_t multiply_high(std::uint32_t a, std::uint32_t b) {
  return as_word((std::int64_t{as_signed(a)} * as_signed(b)) >> 32);
}
constexpr std::uint32_t multiply_high_signed_unsigned(std::uint32_t a, std::uint32_t b) {
  return as_word((std::int64_t{as_signed(a)} * std::int64_t{b}) >> 32);
}
constexpr std::uint32_t multiply_high_unsigned(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
}

constexpr std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? ~0u : as_word(std::int64_t{as_signed(a)} / as_signed(b));
}
constexpr std::uint32_t divide_unsigned(std::uint32_t a, std::uint32_t b) { return b == 0 ? ~0u : a / b; }
constexpr std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  return b == 0 ? a : as_word(std::int64_t{as_signed(a)} % as_signed(b));
}
constexpr std::uint32_t remainder_unsigned(std::uint32_t a, std::uint32_t b) { return b == 0 ? a : a % b; }

}  // namespace cairn::rv32
