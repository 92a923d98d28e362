// div, divu, rem, remu: quotient and remainder of rs1 by rs2, rounded towards zero.
//
// a, b, q, r are numbers, not words: word - 2^32 sign, with the signs s_a, s_b of rs1 and rs2 (0
// when they are unsigned), and s_q, s_r of the prover's choice. Then
//
//   b q + r = a                                  exactly
//   s_r <= s_a, and r = 0 when s_r < s_a:        r is 0 or has the sign of a
//   |b| - |r| - 1 is in [0, 2^32), unless b = 0: |r| < |b|
//   b = 0: the word of q is 2^32 - 1, s_q = 0; and r = a by the first line
//
// For b other than 0 there is one such pair of numbers q, r, and each has one word and one sign:
// -2^31 / -1 is q = 2^31, the word 0x80000000 with s_q = 0. That b is not 0 needs no witness: with
// b = 0 the third line cannot hold.
//
// The first line, with halves of b and bytes of q (hi and q_3 with their signs), is
//
//   S_0 + r_0 - a.lo = 256 c_0      S_2 + c_1 + r_2 - a.hi = 256 c_2      S_k as in multiply.h
//   S_1 + r_1 + c_0  = 256 c_1      S_3 + c_2 + r_3        = 256 c_3
//   c_3 + S_4 + 256 S_5 + s_a - s_r = 0,    S_4 = hi q_2,  S_5 = hi q_3
//
// with c_0 in [-255, 2^16 - 255), c_1 in [0, 2^16), c_2 among 2^17 numbers from -255 - 32640 s_b
// on, c_3 in [-2^16, 2^16), S_5 in (-2^15, 2^15]: so each line holds for numbers and not only mod
// p, and honest values are in these ranges.
#pragma once

#include "prover/rv32/chips/multiply.h"

namespace cairn::rv32 {

struct DivideChip : InstructionTable {
  static constexpr std::string_view name = "divide";
  static constexpr Family family = Family::divide;

  template <class T>
  struct Columns {
    T quotient, remainder;  // which one rd gets; neither in padding
    T is_signed;
    Start<T> at;
    Source<T> rs1, rs2;
    Target<T> rd;
    T by_zero;
    T sign_a, sign_b, sign_q, sign_r;
    T q[4], r[4];    // bytes of the words
    T c_high[2];     // whether c_2, c_3 are in the upper half of their range
    T gap_carry[2];  // of |b| - |r| - 1 from the lower half to the upper: bits of carry + 2
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T zero = b.constant(0), one = b.constant(1);
    b.assert_bool(row.quotient, "quotient");
    b.assert_bool(row.remainder, "remainder");
    const auto real = b.flag(row.quotient + row.remainder, "quotient or remainder");
    const auto is_signed = b.flag(row.is_signed, "signed");
    b.assert_zero(row.is_signed * (one - real.value()), "signed is real");

    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    const T op = row.quotient * number(Op::divu) + row.remainder * number(Op::remu) +
                 row.is_signed * (row.quotient * (number(Op::div) - number(Op::divu)) +
                                  row.remainder * (number(Op::rem) - number(Op::remu)));
    fetch(b, real, pc,
          Fetched<T>{op, row.rd.address, row.rs1.address, row.rs2.address, {zero, zero}, {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, real, row.rs2, time + number(Slot::rs2));
    const Word<T> q = word_of(row.q), r = word_of(row.r);
    check_bytes(b, real, row.q);
    check_bytes(b, real, row.r);
    write(b, real, row.rd,
          Word<T>{row.quotient * q.lo + row.remainder * r.lo, row.quotient * q.hi + row.remainder * r.hi},
          time + number(Slot::rd));

    signs(b, is_signed, row, r);
    product(b, real, row);

    const auto nonzero = b.flag(real.value() - row.by_zero, "divisor is not zero");
    b.assert_bool(row.by_zero, "divisor is zero");
    // All of them are small and none is negative.
    b.assert_zero(
        row.by_zero * (row.rs2.word.lo + row.rs2.word.hi + row.sign_q + row.gap_carry[0] + row.gap_carry[1]),
        "zero");
    b.assert_zero(row.by_zero * (q.lo + q.hi - number(2 * 0xffff)), "quotient by zero");
    b.assert_bool(row.gap_carry[0], "carry of |b| - |r|");
    b.assert_bool(row.gap_carry[1], "carry of |b| - |r|");
    const T carry = row.gap_carry[0] + row.gap_carry[1] * number(2) - number(2);
    const T of_b = one - row.sign_b * number(2), of_r = one - row.sign_r * number(2);
    check_half(b, nonzero, of_b * row.rs2.word.lo - of_r * r.lo - number(1) - carry * kTwoTo16);
    check_half(b, nonzero,
               of_b * row.rs2.word.hi - of_r * r.hi + carry + (row.sign_b - row.sign_r) * kTwoTo16);
  }

  /// Requires div, divu, rem or remu.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const Op op = step.instruction.op;
    const bool quotient = op == Op::div || op == Op::divu, is_signed = op == Op::div || op == Op::rem;
    row.quotient = flag_of(quotient);
    row.remainder = flag_of(!quotient);
    row.is_signed = flag_of(is_signed);
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    put(row.rs2, step.rs2, step, Slot::rs2, lookups);
    put(row.rd, step.rd, step, Slot::rd, lookups);

    const std::uint32_t x = step.rs1.word, y = step.rs2.word;
    const bool sign_a = is_signed && x >> 31, sign_b = is_signed && y >> 31;
    const std::int64_t wrap = std::int64_t{1} << 32, a = x - (sign_a ? wrap : 0), b = y - (sign_b ? wrap : 0);
    const std::int64_t q = b == 0 ? wrap - 1 : a / b, r = b == 0 ? a : a % b;
    row.by_zero = flag_of(b == 0);
    row.sign_a = flag_of(sign_a);
    row.sign_b = flag_of(sign_b);
    row.sign_q = flag_of(q < 0);
    row.sign_r = flag_of(r < 0);
    if (is_signed) {
      count_sign(x, lookups);
      count_sign(y, lookups);
    }
    fill_product(row, x, y, sign_b, q, r, lookups);

    row.gap_carry[0] = row.gap_carry[1] = KoalaBear::zero();
    if (b == 0) return;
    const std::int64_t r_word = r & (wrap - 1);
    const std::int64_t low =
        (sign_b ? -1 : 1) * std::int64_t{low_half(y)} - (r < 0 ? -1 : 1) * (r_word & 0xffff) - 1;
    const auto carry = static_cast<std::uint32_t>((low >> 16) + 2);
    row.gap_carry[0] = number(carry & 1);
    row.gap_carry[1] = number(carry >> 1);
    const auto gap = static_cast<std::uint32_t>((b < 0 ? -b : b) - (r < 0 ? -r : r) - 1);
    lookups.half(low_half(gap));
    lookups.half(high_half(gap));
  }

 private:
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void signs(B& b, const Flag<T>& is_signed, const Columns<T>& row, const Word<T>& r) {
    const T one = b.constant(1), is_unsigned = one - is_signed.value();
    b.assert_bool(row.sign_a, "sign of rs1");
    b.assert_bool(row.sign_b, "sign of rs2");
    b.assert_bool(row.sign_q, "sign of the quotient");
    b.assert_bool(row.sign_r, "sign of the remainder");
    b.assert_zero(is_unsigned * row.sign_a, "rs1 is unsigned");
    b.assert_zero(is_unsigned * row.sign_b, "rs2 is unsigned");
    check_sign(b, is_signed, row.rs1.word.hi, row.sign_a);
    check_sign(b, is_signed, row.rs2.word.hi, row.sign_b);
    b.assert_zero(row.sign_r * (one - row.sign_a), "a remainder is negative only when rs1 is");
    b.assert_zero((row.sign_a - row.sign_r) * (r.lo + r.hi), "a remainder has the sign of rs1");
  }

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void product(B& b, const Flag<T>& real, const Columns<T>& row) {
    const T zero = b.constant(0);
    const Word<T> divisor = {row.rs2.word.lo, row.rs2.word.hi - row.sign_b * kTwoTo16};
    const T q[4] = {row.q[0], row.q[1], row.q[2], row.q[3] - row.sign_q * kTwoTo8};
    T sum[4] = {zero, zero, zero, zero};
    partial_products(divisor, q, sum);
    b.assert_bool(row.c_high[0], "high bit");
    b.assert_bool(row.c_high[1], "high bit");
    T c = (sum[0] + row.r[0] - row.rs1.word.lo) * kPerByte;
    check_half(b, real, c + number(255));
    c = (sum[1] + row.r[1] + c) * kPerByte;
    check_half(b, real, c);
    c = (sum[2] + row.r[2] + c - row.rs1.word.hi) * kPerByte;
    check_half(b, real, c + number(255) + row.sign_b * number(32640) - row.c_high[0] * kTwoTo16);
    c = (sum[3] + row.r[3] + c) * kPerByte;
    check_half(b, real, c + kTwoTo16 - row.c_high[1] * kTwoTo16);
    const T highest = divisor.hi * q[3];
    check_half(b, real, highest + number(32767));
    b.assert_zero(c + divisor.hi * q[2] + highest * kTwoTo8 + row.sign_a - row.sign_r, "b q + r = a");
  }

  /// The columns q, r and c_high, and what they look up.
  static void fill_product(Columns<KoalaBear>& row, std::uint32_t x, std::uint32_t y, bool sign_b,
                           std::int64_t quotient, std::int64_t remainder, Lookups& lookups) {
    const auto q_word = static_cast<std::uint32_t>(quotient), r_word = static_cast<std::uint32_t>(remainder);
    put_bytes(row.q, q_word);
    put_bytes(row.r, r_word);
    count_bytes(q_word, lookups);
    count_bytes(r_word, lookups);
    const Word<std::int64_t> divisor = {low_half(y), std::int64_t{high_half(y)} - (sign_b ? 0x10000 : 0)};
    std::int64_t q[4], sum[4];
    for (unsigned k = 0; k < 4; ++k) q[k] = byte_of(q_word, k);
    q[3] -= quotient < 0 ? 256 : 0;
    partial_products<std::int64_t>(divisor, q, sum);
    const auto half = [&](std::int64_t value) { lookups.half(static_cast<std::uint32_t>(value & 0xffff)); };
    std::int64_t c = (sum[0] + byte_of(r_word, 0) - low_half(x)) >> 8;
    half(c + 255);
    c = (sum[1] + byte_of(r_word, 1) + c) >> 8;
    half(c);
    c = (sum[2] + byte_of(r_word, 2) + c - high_half(x)) >> 8;
    const std::int64_t shifted = c + 255 + (sign_b ? 32640 : 0);
    row.c_high[0] = flag_of(shifted > 0xffff);
    half(shifted);
    c = (sum[3] + byte_of(r_word, 3) + c) >> 8;
    row.c_high[1] = flag_of(c >= 0);
    half(c);
    half(divisor.hi * q[3] + 32767);
  }
};

}  // namespace cairn::rv32
