// The operations on words that work byte by byte: add, sub, and, or, xor, slt, sltu.
//
//   add:  a + b = d,                          sub, slt, sltu:  b + d = a     (mod 2^32, carries k_0..k_3)
//         c = d for add and sub;  k_3 = (a < b) unsigned for sub, slt, sltu
//   and:  n_i = a_i & b_i, by lookup, which also makes a_i and b_i bytes;  c = n
//   or:   c = a + b - n,   xor: c = a + b - 2n, byte by byte
//   slt:  signs s_a, s_b are the top bits;  c_0 = s_a when they differ, else k_3
//
// Bitwise rows compute a + b as well, so that every column is determined by the operation and its operands.
#pragma once

#include "prover/chips/byte_pairs.h"

namespace cairn::engine {

struct Alu {
  static constexpr std::string_view name = "alu";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};

  template <class T>
  struct Columns {
    T is_add, is_sub, is_and, is_or, is_xor, is_slt, is_sltu;  // none in padding
    T a[4], b[4];
    T both[4];         // a_i & b_i
    T d[4];            // a + b or a - b
    T carry[4];        // out of byte i
    T sign_a, sign_b;  // bit 31
    T differ;          // sign_a xor sign_b
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    const T flags[7] = {row.is_add, row.is_sub, row.is_and, row.is_or, row.is_xor, row.is_slt, row.is_sltu};
    T real = flags[0], code = flags[0] * number(1);
    builder.assert_bool(flags[0], "operation");
    for (unsigned i = 1; i < 7; ++i) {
      builder.assert_bool(flags[i], "operation");
      real = real + flags[i];
      code = code + flags[i] * number(i + 1);
    }
    const auto is_real = builder.flag(real, "one operation");

    // What is subtracted swaps a with d: b + (a or d) = (d or a).
    const T subtract = row.is_sub + row.is_slt + row.is_sltu;
    const T sign = builder.constant(1) - subtract * number(2);
    for (unsigned i = 0; i < 4; ++i) {
      builder.assert_bool(row.carry[i], "carry");
      T sum = sign * (row.a[i] - row.d[i]) + row.b[i] - row.carry[i] * number(256);
      if (i > 0) sum = sum + row.carry[i - 1];
      builder.assert_zero(sum, "sum");
    }
    builder.assert_bool(row.sign_a, "sign");
    builder.assert_bool(row.sign_b, "sign");
    builder.assert_equal(row.differ, row.sign_a + row.sign_b - row.sign_a * row.sign_b * number(2), "differ");

    T c[4] = {row.a[0], row.a[0], row.a[0], row.a[0]};
    for (unsigned i = 0; i < 4; ++i) {
      const T sum = row.a[i] + row.b[i];
      c[i] = (row.is_add + row.is_sub) * row.d[i] + row.is_and * row.both[i] +
             row.is_or * (sum - row.both[i]) + row.is_xor * (sum - row.both[i] * number(2));
    }
    const T less = row.differ * row.sign_a + (builder.constant(1) - row.differ) * row.carry[3];
    c[0] = c[0] + row.is_slt * less + row.is_sltu * row.carry[3];

    for (unsigned i = 0; i < 4; ++i) {
      builder.lookup(WordBus::byte_and, is_real, {row.a[i], row.b[i], row.both[i]});
    }
    builder.lookup(WordBus::byte_pair, is_real, {row.d[0], row.d[1]});
    builder.lookup(WordBus::byte_pair, is_real, {row.d[2], row.d[3]});
    const T top = builder.constant(128);
    builder.lookup(WordBus::byte_and, is_real, {row.a[3], top, row.sign_a * number(128)});
    builder.lookup(WordBus::byte_and, is_real, {row.b[3], top, row.sign_b * number(128)});
    builder.receive(WordBus::operation, is_real,
                    {code, row.a[0], row.a[1], row.a[2], row.a[3], row.b[0], row.b[1], row.b[2], row.b[3],
                     c[0], c[1], c[2], c[3]});
  }

  /// Requires an operation that is no shift.
  static void fill(Columns<KoalaBear>& row, Operation op, std::uint32_t a, std::uint32_t b,
                   ByteLookups& lookups) {
    row = {};
    KoalaBear* const flags[7] = {&row.is_add, &row.is_sub, &row.is_and, &row.is_or,
                                 &row.is_xor, &row.is_slt, &row.is_sltu};
    *flags[static_cast<std::uint32_t>(op) - 1] = KoalaBear::one();
    const bool subtract = op == Operation::sub || op == Operation::slt || op == Operation::sltu;
    const std::uint32_t d = subtract ? a - b : a + b;
    put_word(row.a, a);
    put_word(row.b, b);
    put_word(row.both, a & b);
    put_word(row.d, d);
    const std::uint32_t x = subtract ? d : a;  // x + b carries
    std::uint32_t carry = 0;
    for (unsigned i = 0; i < 4; ++i) {
      carry = (byte_of(x, i) + byte_of(b, i) + carry) >> 8;
      row.carry[i] = KoalaBear::from(carry);
      lookups.both(byte_of(a, i), byte_of(b, i));
    }
    row.sign_a = KoalaBear::from(a >> 31);
    row.sign_b = KoalaBear::from(b >> 31);
    row.differ = KoalaBear::from((a ^ b) >> 31);
    lookups.pair(byte_of(d, 0), byte_of(d, 1));
    lookups.pair(byte_of(d, 2), byte_of(d, 3));
    lookups.both(byte_of(a, 3), 128);
    lookups.both(byte_of(b, 3), 128);
  }
};

}  // namespace cairn::engine
