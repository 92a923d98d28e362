// a < b of words, signed or not.
//
//   signed words are compared as a + 2^31 and b + 2^31 mod 2^32: their upper halves are
//     A = a.hi + 2^15 signed - 2^16 s_a,  B = b.hi + 2^15 signed - 2^16 s_b,  both 16-bit by lookup, s bits;
//     so s is the sign of a signed word and 0 of an unsigned one
//   the first halves that differ are A, B (in_hi) or a.lo, b.lo (in_lo), and decide:
//     in_hi = 0: A = B;  in_hi = in_lo = 0: a.lo = b.lo and less = 0
//     d = in_hi (A - B) + in_lo (a.lo - b.lo);  less ? -d - 1 : d - 1 is a 16-bit number, so d is not 0 and
//     has the sign that `less` says
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

template <class T>
struct Comparison {
  T sign_a, sign_b;
  T in_hi, in_lo;
  T less;
};

/// row.less = (a < b). Requires `is_signed` to be 0 or 1, and 16-bit halves where real. In rows that are not,
/// all columns may be 0.
template <class B, class T = typename B::Expr>
CAIRN_DEVICE void compare(B& b, const Flag<T>& real, const T& is_signed, const Word<T>& x, const Word<T>& y,
                          const Comparison<T>& row) {
  b.assert_bool(row.sign_a, "sign");
  b.assert_bool(row.sign_b, "sign");
  b.assert_bool(row.in_hi, "upper halves differ");
  b.assert_bool(row.in_lo, "lower halves differ");
  b.assert_bool(row.less, "less");
  const auto different = b.flag(row.in_hi + row.in_lo, "one half decides");
  const T x_hi = x.hi + is_signed * number(1u << 15) - row.sign_a * number(1u << 16);
  const T y_hi = y.hi + is_signed * number(1u << 15) - row.sign_b * number(1u << 16);
  check_half(b, real, x_hi);
  check_half(b, real, y_hi);
  const T one = b.constant(1), equal = one - different.value();
  b.assert_zero(real.value() * (one - row.in_hi) * (x_hi - y_hi), "upper halves are equal");
  b.assert_zero(equal * (x.lo - y.lo), "lower halves are equal");
  b.assert_zero(equal * row.less, "equal words");
  const T difference = row.in_hi * (x_hi - y_hi) + row.in_lo * (x.lo - y.lo);
  check_half(b, different, difference * (one - row.less * number(2)) - one);
}

inline void put(Comparison<KoalaBear>& row, bool is_signed, std::uint32_t a, std::uint32_t b,
                Lookups& lookups) {
  const std::uint32_t flip = is_signed ? 1u << 31 : 0;
  row = {};
  if (is_signed) {
    row.sign_a = number(a >> 31);
    row.sign_b = number(b >> 31);
  }
  a ^= flip;
  b ^= flip;
  lookups.half(a >> 16);
  lookups.half(b >> 16);
  if (a == b) return;
  const bool in_hi = a >> 16 != b >> 16, is_less = a < b;
  (in_hi ? row.in_hi : row.in_lo) = KoalaBear::one();
  row.less = number(is_less ? 1u : 0u);
  const std::uint32_t larger = is_less ? b : a, smaller = is_less ? a : b;
  lookups.half((in_hi ? (larger >> 16) - (smaller >> 16) : (larger & 0xffff) - (smaller & 0xffff)) - 1);
}

}  // namespace cairn::rv32
