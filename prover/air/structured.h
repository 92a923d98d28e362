// Columns that nobody commits to: each is a function of the row's number whose multilinear extension the
// verifier evaluates itself. Lookup tables and counters are made of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"
#include "prover/field/quintic.h"

namespace cairn::engine {

/// One structured column. `low`, `low_b` and `count` name bits of the row's number, bit 0 the least
/// significant; the table's smallest height must have them all, and the ranges [low, low + count) and
/// [low_b, low_b + count) of bits_and and bits_xor must not meet.
struct Structured {
  enum class Kind : std::uint8_t {
    row_bits = 1,      ///< floor(row / 2^low) mod 2^count
    bits_and = 2,      ///< row_bits(low) & row_bits(low_b), both of `count` bits
    bits_xor = 3,      ///< row_bits(low) ^ row_bits(low_b), both of `count` bits
    power_of_two = 4,  ///< 2^row_bits(low) mod p
    first_row = 5,     ///< 1 in row 0, else 0
    last_row = 6,      ///< 1 in the last row, else 0
    row = 7,           ///< the row's number, all its bits
  };
  Kind kind;
  std::uint8_t low = 0;
  std::uint8_t low_b = 0;
  std::uint8_t count = 0;

  static constexpr Structured row_bits(unsigned low, unsigned count) {
    return {Kind::row_bits, std::uint8_t(low), 0, std::uint8_t(count)};
  }
  static constexpr Structured bits_and(unsigned low, unsigned low_b, unsigned count) {
    return {Kind::bits_and, std::uint8_t(low), std::uint8_t(low_b), std::uint8_t(count)};
  }
  static constexpr Structured bits_xor(unsigned low, unsigned low_b, unsigned count) {
    return {Kind::bits_xor, std::uint8_t(low), std::uint8_t(low_b), std::uint8_t(count)};
  }
  static constexpr Structured power_of_two(unsigned low, unsigned count) {
    return {Kind::power_of_two, std::uint8_t(low), 0, std::uint8_t(count)};
  }
  static constexpr Structured first_row() { return {Kind::first_row, 0, 0, 0}; }
  static constexpr Structured last_row() { return {Kind::last_row, 0, 0, 0}; }
  static constexpr Structured row() { return {Kind::row, 0, 0, 0}; }

  /// Bits of the row's number that the column reads; the smallest height must have as many.
  constexpr unsigned bits_read() const {
    const unsigned a = low + count, b = low_b + count;
    return kind == Kind::bits_and || kind == Kind::bits_xor ? (a > b ? a : b) : a;
  }

  /// The value in row `row` of 2^log_height.
  constexpr KoalaBear at(std::uint64_t row_number, unsigned log_height) const {
    const std::uint64_t mask = (std::uint64_t{1} << count) - 1;
    const std::uint64_t a = (row_number >> low) & mask, b = (row_number >> low_b) & mask;
    switch (kind) {
      case Kind::row_bits:
        return KoalaBear::from(a);
      case Kind::bits_and:
        return KoalaBear::from(a & b);
      case Kind::bits_xor:
        return KoalaBear::from(a ^ b);
      case Kind::power_of_two:
        return KoalaBear::from(2).pow(a);
      case Kind::first_row:
        return row_number == 0 ? KoalaBear::one() : KoalaBear::zero();
      case Kind::last_row:
        return row_number + 1 == std::uint64_t{1} << log_height ? KoalaBear::one() : KoalaBear::zero();
      case Kind::row:
        return KoalaBear::from(row_number);
    }
    return KoalaBear::zero();
  }

  /// The multilinear extension at `point` of `log_height` coordinates, the first for the most
  /// significant bit of the row's number.
  constexpr Quintic evaluate(const Quintic* point, unsigned log_height) const {
    const auto bit = [&](unsigned i) { return point[log_height - 1 - i]; };
    const Quintic one = Quintic::one();
    Quintic sum = Quintic::zero(), product = one;
    KoalaBear power = KoalaBear::one();
    switch (kind) {
      case Kind::row_bits:
        for (unsigned i = 0; i < count; ++i, power = power.doubled()) sum += bit(low + i) * power;
        return sum;
      case Kind::bits_and:
        for (unsigned i = 0; i < count; ++i, power = power.doubled()) {
          sum += bit(low + i) * bit(low_b + i) * power;
        }
        return sum;
      case Kind::bits_xor:
        for (unsigned i = 0; i < count; ++i, power = power.doubled()) {
          const Quintic a = bit(low + i), b = bit(low_b + i);
          sum += (a + b - (a * b).doubled()) * power;
        }
        return sum;
      case Kind::power_of_two:
        for (unsigned i = 0; i < count; ++i) {
          product *= one + bit(low + i) * (KoalaBear::from(2).pow(std::uint64_t{1} << i) - KoalaBear::one());
        }
        return product;
      case Kind::first_row:
        for (unsigned i = 0; i < log_height; ++i) product *= one - bit(i);
        return product;
      case Kind::last_row:
        for (unsigned i = 0; i < log_height; ++i) product *= bit(i);
        return product;
      case Kind::row:
        for (unsigned i = 0; i < log_height; ++i, power = power.doubled()) sum += bit(i) * power;
        return sum;
    }
    return sum;
  }
};

}  // namespace cairn::engine
