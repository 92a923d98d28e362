// Shifts of rs1 by the low five bits of rs2 or of the immediate: sll, srl, sra, slli, srli, srai.
//
//   rs2.lo = s + 32 q, q a half: unique, for rs2.lo is a half.   s = 8 L + t, L one-hot, 0 <= t < 8
//   m = 2^t to the left, 2^(8 - t) to the right:  m = f to the left, 2 f to the right, f = 2^e,
//     e = e_0 + 2 e_1 + 4 e_2 = t to the left, 7 - t to the right
//   a m = u_0 + 2^8 u_1 + ... + 2^32 u_4, bytes:
//     lo m        = u_0 + 256 u_1 + 2^16 carry    below 2^24 on both sides: no other bytes do
//     hi m + carry = u_2 + 256 u_3 + 2^16 u_4
//   left: byte i of rd is u_(i-L);   right: u_(i+L+1)
//   sra of a negative word is that of a - 2^32: u_4 + 256 - m in place of u_4, and 255 above it
#pragma once

#include "prover/rv32/chips/limbs.h"

namespace cairn::rv32 {

struct ShiftChip : InstructionTable {
  static constexpr std::string_view name = "shift";
  static constexpr Family family = Family::shift;

  static constexpr KoalaBear kPer32 = number(32).inverse();

  template <class T>
  struct Columns {
    T left, logical, arithmetic;  // none in padding
    T by_register;                // rs2 is read; otherwise its word is the immediate
    Start<T> at;
    Source<T> rs1, rs2;
    Target<T> rd;
    T bit[3];    // e
    T factor;    // f
    T bytes[3];  // whether L is 1, 2, 3
    T u[5];
    T carry;
    T negative;  // sra of a word with bit 31
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const T zero = b.constant(0), one = b.constant(1);
    b.assert_bool(row.left, "left");
    b.assert_bool(row.logical, "logical");
    const auto arithmetic = b.flag(row.arithmetic, "arithmetic");
    const T right = row.logical + row.arithmetic;
    const auto real = b.flag(row.left + right, "one shift");
    const auto by_register = b.flag(row.by_register, "by register");
    b.assert_zero(row.by_register * (one - real.value()), "by register is real");
    const T immediate = one - row.by_register;
    b.assert_zero(immediate * row.rs2.before, "an immediate has no time");

    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    const T op = row.left * number(Op::slli) + row.logical * number(Op::srli) +
                 row.arithmetic * number(Op::srai) +
                 row.by_register * (row.left * (number(Op::sll) - number(Op::slli)) +
                                    row.logical * (number(Op::srl) - number(Op::srli)) +
                                    row.arithmetic * (number(Op::sra) - number(Op::srai)));
    fetch(b, real, pc,
          Fetched<T>{op,
                     row.rd.address,
                     row.rs1.address,
                     row.rs2.address,
                     {immediate * row.rs2.word.lo, immediate * row.rs2.word.hi},
                     {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, by_register, row.rs2, time + number(Slot::rs2));

    T e = row.bit[0] + row.bit[1] * number(2) + row.bit[2] * number(4);
    for (const T& bit : row.bit) b.assert_bool(bit, "bit");
    b.assert_equal(row.factor,
                   (one + row.bit[0]) * (one + row.bit[1] * number(3)) * (one + row.bit[2] * number(15)),
                   "factor");
    for (const T& hot : row.bytes) b.assert_bool(hot, "bytes");
    const T hot[4] = {real.value() - row.bytes[0] - row.bytes[1] - row.bytes[2], row.bytes[0], row.bytes[1],
                      row.bytes[2]};
    b.assert_bool(hot[0], "one number of bytes");
    const T amount = (row.bytes[0] + row.bytes[1] * number(2) + row.bytes[2] * number(3)) * number(8) + e +
                     right * (number(7) - e * number(2));
    check_half(b, real, (row.rs2.word.lo - amount) * kPer32);

    const T m = row.factor + right * row.factor;
    b.assert_equal(row.rs1.word.lo * m, row.u[0] + row.u[1] * kTwoTo8 + row.carry * kTwoTo16,
                   "lower product");
    b.assert_equal(row.rs1.word.hi * m + row.carry, row.u[2] + row.u[3] * kTwoTo8 + row.u[4] * kTwoTo16,
                   "upper product");
    b.lookup(BusOf::byte_pair, real, {row.u[0], row.u[1]});
    b.lookup(BusOf::byte_pair, real, {row.u[2], row.u[3]});
    b.lookup(BusOf::byte_pair, real, {row.u[4], row.carry});
    b.assert_bool(row.negative, "negative");
    b.assert_zero(row.negative * (one - row.arithmetic), "only sra has a sign");
    check_sign(b, arithmetic, row.rs1.word.hi, row.negative);

    const T into_top = row.negative * (number(256) - row.factor * number(2)),
            fill = row.negative * number(255);
    T c[4] = {zero, zero, zero, zero};
    for (unsigned i = 0; i < 4; ++i) {
      for (unsigned count = 0; count < 4; ++count) {
        const unsigned from = i + count + 1;
        T byte = fill;
        if (from < 4) byte = right * row.u[from];
        if (from == 4) byte = right * row.u[4] + into_top;
        if (i >= count) byte = byte + row.left * row.u[i - count];
        c[i] = c[i] + hot[count] * byte;
      }
    }
    write(b, real, row.rd, Word<T>{c[0] + c[1] * kTwoTo8, c[2] + c[3] * kTwoTo8}, time + number(Slot::rd));
  }

  /// Requires a shift.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    const Op op = step.instruction.op;
    const bool left = op == Op::sll || op == Op::slli, arithmetic = op == Op::sra || op == Op::srai;
    const bool by_register = op == Op::sll || op == Op::srl || op == Op::sra;
    row.left = flag_of(left);
    row.logical = flag_of(!left && !arithmetic);
    row.arithmetic = flag_of(arithmetic);
    row.by_register = flag_of(by_register);
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    row.rs2 = {};
    if (by_register) {
      put(row.rs2, step.rs2, step, Slot::rs2, lookups);
    } else {
      put(row.rs2.word, step.instruction.imm);
    }
    put(row.rd, step.rd, step, Slot::rd, lookups);

    const std::uint32_t a = step.rs1.word, b = by_register ? step.rs2.word : step.instruction.imm, s = b & 31;
    const std::uint32_t e = left ? s & 7 : 7 - (s & 7), m = (left ? 1u : 2u) << e;
    for (unsigned i = 0; i < 3; ++i) {
      row.bit[i] = number(e >> i & 1);
      row.bytes[i] = flag_of(s >> 3 == i + 1);
    }
    row.factor = number(1u << e);
    lookups.half((low_half(b) - s) >> 5);
    const std::uint64_t product = std::uint64_t{a} * m;
    std::uint32_t u[5];
    for (unsigned i = 0; i < 5; ++i) {
      u[i] = static_cast<std::uint32_t>(product >> (8 * i)) & 255;
      row.u[i] = number(u[i]);
    }
    const std::uint32_t carry = low_half(a) * m >> 16;
    row.carry = number(carry);
    lookups.pair(u[0], u[1]);
    lookups.pair(u[2], u[3]);
    lookups.pair(u[4], carry);
    row.negative = flag_of(arithmetic && a >> 31);
    if (arithmetic) count_sign(a, lookups);
  }
  /// Nothing is shifted by nothing.
  static void pad(Columns<KoalaBear>& row) {
    row = {};
    row.factor = KoalaBear::one();
  }
};

}  // namespace cairn::rv32
