// and, andi, or, ori, xor, xori.
//
//   n_i = a_i & b_i by lookup, which makes the bytes a_i, b_i and n_i bytes
//   and: c = n,  or: c = a + b - n,  xor: c = a + b - 2n, byte by byte; so c has bytes, too
#pragma once

#include "prover/rv32/chips/row.h"

namespace cairn::rv32 {

struct BitwiseChip : InstructionTable {
  static constexpr std::string_view name = "bitwise";
  static constexpr Family family = Family::bitwise;

  template <class T>
  struct Columns {
    T is_and, is_or, is_xor;  // none in padding
    T is_register;            // b is a register and no immediate
    Start<T> at;
    T a_address, a_before;
    T b_address, b_before;  // 0 of an immediate
    T a[4], b[4], both[4];
    Target<T> rd;
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    b.assert_bool(row.is_and, "operation");
    b.assert_bool(row.is_or, "operation");
    b.assert_bool(row.is_xor, "operation");
    const auto real = b.flag(row.is_and + row.is_or + row.is_xor, "one operation");
    const auto is_register = b.flag(row.is_register, "register operand");
    const T one = b.constant(1), zero = b.constant(0);
    b.assert_zero(row.is_register * (one - real.value()), "register operand of an operation");
    T c[4] = {zero, zero, zero, zero};
    for (unsigned i = 0; i < 4; ++i) {
      const T sum = row.a[i] + row.b[i];
      c[i] = row.is_and * row.both[i] + row.is_or * (sum - row.both[i]) +
             row.is_xor * (sum - row.both[i] * number(2));
      b.lookup(BusOf::byte_and, real, {row.a[i], row.b[i], row.both[i]});
    }
    const Word<T> a_word = word_of(row.a), b_word = word_of(row.b), c_word = word_of(c);

    const T op = row.is_and * op_of(row.is_register, Op::andi, Op::and_) +
                 row.is_or * op_of(row.is_register, Op::ori, Op::or_) +
                 row.is_xor * op_of(row.is_register, Op::xori, Op::xor_);
    const T is_immediate = one - row.is_register;
    b.assert_zero(is_immediate * row.b_before, "an immediate has no time");
    fetch(b, real, row.at.pc,
          {op,
           row.rd.address,
           row.a_address,
           row.b_address,
           {is_immediate * b_word.lo, is_immediate * b_word.hi},
           {zero, zero}});
    step(b, real, row.at.pc, row.at.time, row.at.pc + number(4));
    read(b, real, row.a_address, a_word, row.a_before, row.at.time + number(Slot::rs1));
    read(b, is_register, row.b_address, b_word, row.b_before, row.at.time + number(Slot::rs2));
    write(b, real, row.rd, c_word, row.at.time + number(Slot::rd));
  }

  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row = {};
    const Op op = step.instruction.op;
    const bool is_register = op == Op::and_ || op == Op::or_ || op == Op::xor_;
    (op == Op::and_ || op == Op::andi ? row.is_and
     : op == Op::or_ || op == Op::ori ? row.is_or
                                      : row.is_xor) = KoalaBear::one();
    put(row.at, step);
    Source<KoalaBear> source;
    put(source, step.rs1, step, Slot::rs1, lookups);
    row.a_address = source.address;
    row.a_before = source.before;
    if (is_register) {
      row.is_register = KoalaBear::one();
      put(source, step.rs2, step, Slot::rs2, lookups);
      row.b_address = source.address;
      row.b_before = source.before;
    }
    const std::uint32_t a = step.rs1.word;
    const std::uint32_t other = is_register ? step.rs2.word : step.instruction.imm;
    for (unsigned i = 0; i < 4; ++i) {
      const std::uint32_t x = a >> (8 * i) & 255, y = other >> (8 * i) & 255;
      row.a[i] = number(x);
      row.b[i] = number(y);
      row.both[i] = number(x & y);
      lookups.both(x, y);
    }
    put(row.rd, step.rd, step, Slot::rd, lookups);
  }

 private:
  template <class T>
  CAIRN_DEVICE static Word<T> word_of(const T (&bytes)[4]) {
    return {bytes[0] + bytes[1] * number(256), bytes[2] + bytes[3] * number(256)};
  }
  template <class T>
  CAIRN_DEVICE static T op_of(const T& is_register, Op immediate, Op with_register) {
    return is_register * (number(with_register) - number(immediate)) + number(immediate);
  }
};

}  // namespace cairn::rv32
