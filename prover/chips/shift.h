// Shifts of words by the low five bits of b: sll, srl, sra.
//
//   b_0 & 31 = s = s_0 + 2 s_1 + 4 s_2 + 8 L,  L whole bytes, one-hot;  t = 2^(s mod 8)
//   factor m = t to the left, 256 / t to the right
//   a_i m = low_i + 256 high_i, both bytes: unique, as a_i m < 2^16
//   left:   u_i = low_i + high_(i-1)              right:  u_i = high_i + low_(i+1)
//   sra of a negative word shifts ones in: low_4 = 256 - m, and bytes of 255
//   c_i = u_(i-L), or 0                           c_i = u_(i+L), or the fill
//
// a and b are bytes because the sender of the operation knows it.
#pragma once

#include "prover/chips/byte_pairs.h"

namespace cairn::engine {

struct Shift {
  static constexpr std::string_view name = "shift";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};

  template <class T>
  struct Columns {
    T is_sll, is_srl, is_sra;  // none in padding
    T a[4], b[4];
    T bit[3];    // of s
    T bytes[4];  // L, one-hot; none in padding
    T power;     // t
    T factor;    // m
    T low[4], high[4];
    T u[4];
    T negative;  // sra of a word with bit 31
    T sign_a;    // bit 31
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    builder.assert_bool(row.is_sll, "operation");
    builder.assert_bool(row.is_srl, "operation");
    builder.assert_bool(row.is_sra, "operation");
    const T right = row.is_srl + row.is_sra;
    const auto is_real = builder.flag(row.is_sll + right, "one operation");
    const T real = is_real.value();

    T hot = row.bytes[0], shift = row.bit[0] + row.bit[1] * number(2) + row.bit[2] * number(4);
    builder.assert_bool(row.bytes[0], "bytes");
    for (unsigned i = 1; i < 4; ++i) {
      builder.assert_bool(row.bytes[i], "bytes");
      hot = hot + row.bytes[i];
      shift = shift + row.bytes[i] * number(8 * i);
    }
    builder.assert_equal(hot, real, "one count of bytes");
    for (const T& bit : row.bit) builder.assert_bool(bit, "bit");
    const T one = builder.constant(1);
    builder.assert_equal(
        row.power, (one + row.bit[0]) * (one + row.bit[1] * number(3)) * (one + row.bit[2] * number(15)),
        "power");
    builder.assert_zero((one - right) * (row.factor - row.power), "factor to the left");
    builder.assert_zero(right * (row.factor * row.power - number(256)), "factor to the right");
    builder.assert_bool(row.sign_a, "sign");
    builder.assert_equal(row.negative, row.is_sra * row.sign_a, "negative");

    for (unsigned i = 0; i < 4; ++i) {
      builder.assert_equal(row.a[i] * row.factor, row.low[i] + row.high[i] * number(256), "product");
      T left_in = row.low[i], right_in = row.high[i];
      if (i > 0) left_in = left_in + row.high[i - 1];
      if (i < 3) right_in = right_in + row.low[i + 1];
      T shifted = left_in + right * (right_in - left_in);
      if (i == 3) shifted = shifted + row.negative * (builder.constant(256) - row.factor);
      builder.assert_equal(row.u[i], shifted, "shifted bits");
    }
    T c[4] = {row.u[0], row.u[0], row.u[0], row.u[0]};
    const T fill = row.negative * number(255);
    for (unsigned i = 0; i < 4; ++i) {
      c[i] = row.bytes[0] * row.u[i];
      for (unsigned count = 1; count < 4; ++count) {
        const T from_right = i + count < 4 ? right * row.u[i + count] : fill;
        if (i >= count) {
          c[i] = c[i] + row.bytes[count] * (from_right + row.is_sll * row.u[i - count]);
        } else {
          c[i] = c[i] + row.bytes[count] * from_right;
        }
      }
    }

    builder.lookup(WordBus::byte_and, is_real, {row.b[0], builder.constant(31), shift});
    builder.lookup(WordBus::byte_and, is_real, {row.a[3], builder.constant(128), row.sign_a * number(128)});
    for (unsigned i = 0; i < 4; ++i) builder.lookup(WordBus::byte_pair, is_real, {row.low[i], row.high[i]});
    const T code = row.is_sll * number(8) + row.is_srl * number(9) + row.is_sra * number(10);
    builder.receive(WordBus::operation, is_real,
                    {code, row.a[0], row.a[1], row.a[2], row.a[3], row.b[0], row.b[1], row.b[2], row.b[3],
                     c[0], c[1], c[2], c[3]});
  }

  /// The row of padding: nothing is shifted by nothing.
  static void pad(Columns<KoalaBear>& row) {
    row = {};
    row.power = row.factor = KoalaBear::one();
  }

  /// Requires a shift.
  static void fill(Columns<KoalaBear>& row, Operation op, std::uint32_t a, std::uint32_t b,
                   ByteLookups& lookups) {
    row = {};
    (op == Operation::sll ? row.is_sll : op == Operation::srl ? row.is_srl : row.is_sra) = KoalaBear::one();
    put_word(row.a, a);
    put_word(row.b, b);
    const std::uint32_t s = b & 31, power = 1u << (s & 7);
    const std::uint32_t factor = op == Operation::sll ? power : 256 / power;
    for (unsigned i = 0; i < 3; ++i) row.bit[i] = KoalaBear::from((s >> i) & 1);
    row.bytes[s >> 3] = KoalaBear::one();
    row.power = KoalaBear::from(power);
    row.factor = KoalaBear::from(factor);
    const bool negative = op == Operation::sra && (a >> 31) != 0;
    row.sign_a = KoalaBear::from(a >> 31);
    row.negative = KoalaBear::from(negative ? 1u : 0u);
    std::uint32_t low[5] = {0, 0, 0, 0, negative ? 256 - factor : 0}, high[5] = {};
    for (unsigned i = 0; i < 4; ++i) {
      const std::uint32_t product = byte_of(a, i) * factor;
      low[i] = product & 255;
      high[i] = product >> 8;
      row.low[i] = KoalaBear::from(low[i]);
      row.high[i] = KoalaBear::from(high[i]);
      lookups.pair(low[i], high[i]);
    }
    for (unsigned i = 0; i < 4; ++i) {
      row.u[i] =
          KoalaBear::from(op == Operation::sll ? low[i] + (i > 0 ? high[i - 1] : 0) : high[i] + low[i + 1]);
    }
    lookups.both(byte_of(b, 0), 31);
    lookups.both(byte_of(a, 3), 128);
  }
};

}  // namespace cairn::engine
