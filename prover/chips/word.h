// What the chips of the 32-bit machine share: words as bytes, operations, and the buses between them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "prover/air/builder.h"
#include "prover/air/shape.h"

namespace cairn::engine {

/// The buses of every machine made of these chips, by number.
///
/// byte_and {a, b, a & b} and byte_pair {a, b} hold all pairs of bytes.
/// operation {op, a0..a3, b0..b3, c0..c3}: the sender knows that a and b are bytes; the receiver makes c =
/// op(a, b) of
///   bytes.
/// access {time, address, v0..v3, write}: one request to memory. The sender knows that what it writes is
/// bytes. memory {address, v0..v3, time}: the last value of each address.
struct WordBus {
  enum : unsigned { byte_and, byte_pair, operation, access, memory };
};
inline constexpr std::array word_buses = {
    Bus{"byte_and", BusKind::lookup, 3},        Bus{"byte_pair", BusKind::lookup, 2},
    Bus{"operation", BusKind::permutation, 13}, Bus{"access", BusKind::permutation, 7},
    Bus{"memory", BusKind::permutation, 6},
};

/// Operations on two 32-bit words, as RV32I has them. The values are on the bus.
enum class Operation : std::uint32_t { add = 1, sub, bit_and, bit_or, bit_xor, slt, sltu, sll, srl, sra };
inline constexpr std::uint32_t operations_end = 11;

constexpr bool is_shift(Operation op) { return op >= Operation::sll; }

/// The result, by C++: what the chips are compared with.
constexpr std::uint32_t apply(Operation op, std::uint32_t a, std::uint32_t b) {
  switch (op) {
    case Operation::add:
      return a + b;
    case Operation::sub:
      return a - b;
    case Operation::bit_and:
      return a & b;
    case Operation::bit_or:
      return a | b;
    case Operation::bit_xor:
      return a ^ b;
    case Operation::slt:
      return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) ? 1 : 0;
    case Operation::sltu:
      return a < b ? 1 : 0;
    case Operation::sll:
      return a << (b & 31);
    case Operation::srl:
      return a >> (b & 31);
    case Operation::sra:
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(a) >> (b & 31));
  }
  return 0;
}

/// Byte i of a word, 0 the least significant.
constexpr std::uint32_t byte_of(std::uint32_t word, unsigned i) { return (word >> (8 * i)) & 255; }

/// The four bytes as field elements.
constexpr void put_word(KoalaBear (&bytes)[4], std::uint32_t word) {
  for (unsigned i = 0; i < 4; ++i) bytes[i] = KoalaBear::from(byte_of(word, i));
}

/// A small number in an eval.
CAIRN_DEVICE constexpr KoalaBear number(std::uint32_t x) { return KoalaBear::from(x); }

}  // namespace cairn::engine
