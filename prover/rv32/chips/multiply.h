// mul: the lower 32 bits of rs1 rs2.
//
// A product of two halves can exceed p, so rs2 is taken in bytes: each sum below is under 2^26.
//
//   S_0 = lo b_0,  S_1 = lo b_1,  S_2 = lo b_2 + hi b_0,  S_3 = lo b_3 + hi b_1    (lo, hi: of rs1)
//   S_k + c_(k-1) = r_k + 256 c_k,  r_k a byte, c_k < 2^17:  so r_k and c_k are unique
//
// c_0 and c_1 are halves, c_2 and c_3 halves and a bit.
#pragma once

#include "prover/rv32/chips/limbs.h"

namespace cairn::rv32 {

/// S_0 to S_3 above; the upper half of a and the upper byte of b may be negative.
template <class T>
CAIRN_DEVICE constexpr void partial_products(const Word<T>& a, const T (&b)[4], T (&sum)[4]) {
  sum[0] = a.lo * b[0];
  sum[1] = a.lo * b[1];
  sum[2] = a.lo * b[2] + a.hi * b[0];
  sum[3] = a.lo * b[3] + a.hi * b[1];
}

struct MultiplyChip : InstructionTable {
  static constexpr std::string_view name = "multiply";
  static constexpr Family family = Family::multiply;

  template <class T>
  struct Columns {
    T real;
    Start<T> at;
    Source<T> rs1;
    T rs2, rs2_before;
    T b[4];  // bytes of rs2
    Target<T> rd;
    T r[4];
    T high_bit[2];  // bit 16 of c_2 and c_3
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    const T zero = b.constant(0);
    const T &pc = row.at.pc, &time = row.at.time;
    step(b, real, pc, time, pc + number(4));
    fetch(b, real, pc,
          Fetched<T>{b.constant(number(Op::mul)),
                     row.rd.address,
                     row.rs1.address,
                     row.rs2,
                     {zero, zero},
                     {zero, zero}});
    read(b, real, row.rs1, time + number(Slot::rs1));
    read(b, real, row.rs2, word_of(row.b), row.rs2_before, time + number(Slot::rs2));
    check_bytes(b, real, row.b);

    T sum[4] = {zero, zero, zero, zero};
    partial_products(row.rs1.word, row.b, sum);
    T c = zero;
    for (unsigned k = 0; k < 4; ++k) {
      c = (sum[k] + c - row.r[k]) * kPerByte;
      if (k < 2) {
        check_half(b, real, c);
      } else {
        b.assert_bool(row.high_bit[k - 2], "high bit");
        check_half(b, real, c - row.high_bit[k - 2] * kTwoTo16);
      }
    }
    check_bytes(b, real, row.r);
    write(b, real, row.rd, word_of(row.r), time + number(Slot::rd));
  }

  /// Requires mul.
  static void fill(Columns<KoalaBear>& row, const Step& step, Lookups& lookups) {
    row.real = KoalaBear::one();
    put(row.at, step);
    put(row.rs1, step.rs1, step, Slot::rs1, lookups);
    row.rs2 = number(step.rs2.address);
    row.rs2_before = number(step.rs2.before);
    lookups.half(step.time + Slot::rs2 - step.rs2.before - 1);
    put(row.rd, step.rd, step, Slot::rd, lookups);

    std::int64_t b[4], sum[4], c = 0;
    for (unsigned k = 0; k < 4; ++k) b[k] = byte_of(step.rs2.word, k);
    partial_products<std::int64_t>({low_half(step.rs1.word), high_half(step.rs1.word)}, b, sum);
    put_bytes(row.b, step.rs2.word);
    const std::uint32_t product = step.rs1.word * step.rs2.word;
    put_bytes(row.r, product);
    for (unsigned k = 0; k < 4; ++k) {
      c = (sum[k] + c) >> 8;
      lookups.half(static_cast<std::uint32_t>(c) & 0xffff);
      if (k >= 2) row.high_bit[k - 2] = flag_of(c > 0xffff);
    }
    count_bytes(step.rs2.word, lookups);
    count_bytes(product, lookups);
  }
};

}  // namespace cairn::rv32
