// mulh, mulhsu, mulhu: the upper 32 bits of rs1 rs2, as signed numbers, signed and unsigned,
// unsigned.
//
// As in multiply.h, with signs: s_a is bit 31 of rs1 when that is signed, else 0; s_b of rs2
// likewise.
//
//   lo, hi - 2^16 s_a: rs1;   b_0, b_1, b_2, b_3 - 2^8 s_b: rs2
//   S_0 to S_3 as there;  S_4 = hi b_2,  S_5 = hi b_3
//   S_k + c_(k-1) = r_k + 256 c_k,  r_k a byte,  c_k among 2^16 (k < 2) or 2^17 numbers, the first
//   of
//     which is  0,  0,  -32640 s_a,  -32768 (s_a + s_b),  -32896 s_a - 128 s_b    for k = 0 to 4
//     c_5 = (upper half of rd) - 2^16 s, s a bit: the sign of the product
//   rd = r_4 + 256 r_5 + 2^16 (upper half)
//
// A sum is below 2^26 in size, so that each line holds for numbers and not only mod p, and r_k and
// c_k are unique; all lines together say rs1 rs2 = r_0 + ... + 2^40 r_5 + 2^48 c_5.
#pragma once

#include "prover/rv32/chips/multiply.h"

namespace cairn::rv32 {

struct MultiplyHighChip : InstructionTable {
  static constexpr std::string_view name = "multiply_high";
  static constexpr Family family = Family::multiply_high;

  template <class T>
  struct Columns {
    T mulh, mulhsu, mulhu;  // none in padding
    Start<T> at;
    Source<T> rs1;
    T rs2, rs2_before;
    T b[4];  // bytes of rs2
    Target<T> rd;
    T sign_a, sign_b;
    T r[6];
    T high_bit[3];  // whether c_2, c_3, c_4 are in the upper half of their range
    T negative;     // s
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T zero = b.constant(0), one = b.constant(1);
    const auto both_signed = b.flag(row.mulh, "mulh");
    b.assert_bool(row.mulhsu, "mulhsu");
    b.assert_bool(row.mulhu, "mulhu");
    const auto a_signed = b.flag(row.mulh + row.mulhsu, "rs1 is signed");
    const auto real = b.flag(a_signed.value() + row.mulhu, "one product");

    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    const T op =
        row.mulh * number(Op::mulh) + row.mulhsu * number(Op::mulhsu) + row.mulhu * number(Op::mulhu);
    fetch(b, real, pc, Fetched<T>{op, row.rd.address, row.rs1.address, row.rs2, {zero, zero}, {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, real, row.rs2, word_of(row.b), row.rs2_before, time + number(Slot::rs2));
    check_bytes(b, real, row.b);

    b.assert_bool(row.sign_a, "sign of rs1");
    b.assert_zero(row.sign_a * (one - a_signed.value()), "rs1 is unsigned");
    b.assert_zero(row.sign_b * (one - row.mulh), "rs2 is unsigned");
    check_sign(b, a_signed, row.rs1.word.hi, row.sign_a);
    b.lookup(BusOf::byte_and, both_signed, {row.b[3], b.constant(128), row.sign_b * number(128)});

    const Word<T> a = {row.rs1.word.lo, row.rs1.word.hi - row.sign_a * kTwoTo16};
    const T factor[4] = {row.b[0], row.b[1], row.b[2], row.b[3] - row.sign_b * kTwoTo8};
    T sum[4] = {zero, zero, zero, zero};
    partial_products(a, factor, sum);
    const T below[3] = {row.sign_a * number(32640), (row.sign_a + row.sign_b) * number(32768),
                        row.sign_a * number(32896) + row.sign_b * number(128)};
    T c = zero;
    for (unsigned k = 0; k < 5; ++k) {
      c = ((k < 4 ? sum[k] : a.hi * factor[2]) + c - row.r[k]) * kPerByte;
      if (k < 2) {
        check_half(b, real, c);
      } else {
        b.assert_bool(row.high_bit[k - 2], "high bit");
        check_half(b, real, c + below[k - 2] - row.high_bit[k - 2] * kTwoTo16);
      }
    }
    b.assert_bool(row.negative, "sign of the product");
    const T top = (a.hi * factor[3] + c - row.r[5]) * kPerByte + row.negative * kTwoTo16;
    check_half(b, real, top);
    for (unsigned k = 0; k < 6; k += 2) b.lookup(BusOf::byte_pair, real, {row.r[k], row.r[k + 1]});
    write(b, real, row.rd, Word<T>{row.r[4] + row.r[5] * kTwoTo8, top}, time + number(Slot::rd));
  }

  /// Requires mulh, mulhsu or mulhu.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const Op op = step.instruction.op;
    row.mulh = flag_of(op == Op::mulh);
    row.mulhsu = flag_of(op == Op::mulhsu);
    row.mulhu = flag_of(op == Op::mulhu);
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    row.rs2 = number(step.rs2.address);
    row.rs2_before = number(step.rs2.before);
    lookups.half(step.time + Slot::rs2 - step.rs2.before - 1);
    put(row.rd, step.rd, step, Slot::rd, lookups);

    const std::uint32_t x = step.rs1.word, y = step.rs2.word;
    const bool sign_a = op != Op::mulhu && x >> 31, sign_b = op == Op::mulh && y >> 31;
    row.sign_a = flag_of(sign_a);
    row.sign_b = flag_of(sign_b);
    if (op != Op::mulhu) count_sign(x, lookups);
    if (op == Op::mulh) lookups.both(byte_of(y, 3), 128);
    put_bytes(row.b, y);

    const Word<std::int64_t> a = {low_half(x), std::int64_t{high_half(x)} - (sign_a ? 0x10000 : 0)};
    std::int64_t b[4], lower[4], c = 0;
    for (unsigned k = 0; k < 4; ++k) b[k] = byte_of(y, k);
    b[3] -= sign_b ? 256 : 0;
    partial_products<std::int64_t>(a, b, lower);
    const std::int64_t sum[6] = {lower[0], lower[1], lower[2], lower[3], a.hi * b[2], a.hi * b[3]};
    const std::int64_t below[3] = {sign_a ? 32640 : 0, (sign_a ? 32768 : 0) + (sign_b ? 32768 : 0),
                                   (sign_a ? 32896 : 0) + (sign_b ? 128 : 0)};
    std::uint32_t r[6];
    for (unsigned k = 0; k < 6; ++k) {
      r[k] = static_cast<std::uint32_t>((sum[k] + c) & 255);
      row.r[k] = number(r[k]);
      c = (sum[k] + c) >> 8;
      const std::int64_t shifted = k < 2 || k == 5 ? c : c + below[k - 2];
      lookups.half(static_cast<std::uint32_t>(shifted & 0xffff));
      if (k >= 2 && k < 5) row.high_bit[k - 2] = flag_of(shifted > 0xffff);
    }
    row.negative = flag_of(c < 0);
    for (unsigned k = 0; k < 6; k += 2) lookups.pair(r[k], r[k + 1]);
    count_bytes(y, lookups);
  }
};

}  // namespace cairn::rv32
