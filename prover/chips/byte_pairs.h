// All 2^16 pairs of bytes, with their bitwise and. Nobody commits to them: only to how often each is looked
// up.
//
// or and xor follow: a | b = a + b - (a & b), a ^ b = a + b - 2 (a & b). A lookup of {x, m, x & m} with a
// constant m takes bits out of x.
#pragma once

#include <vector>

#include "prover/chips/word.h"

namespace cairn::engine {

struct BytePairs {
  static constexpr std::string_view name = "byte_pairs";
  static constexpr unsigned log_height_min = 16, log_height_max = 16;
  static constexpr bool optional = false;
  static constexpr std::array structured = {Structured::row_bits(8, 8), Structured::row_bits(0, 8),
                                            Structured::bits_and(8, 0, 8)};

  template <class T>
  struct Columns {
    T and_count;   // lookups of {a, b, a & b}
    T pair_count;  // lookups of {a, b}
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    const T a = builder.structured(0), b = builder.structured(1), both = builder.structured(2);
    builder.provide(WordBus::byte_and, row.and_count, {a, b, both});
    builder.provide(WordBus::byte_pair, row.pair_count, {a, b});
  }
};

/// How often each row of the table is looked up, counted while other tables are filled.
class ByteLookups {
 public:
  static constexpr std::size_t rows = std::size_t{1} << 16;

  void both(std::uint32_t a, std::uint32_t b) { ++and_[at(a, b)]; }
  void pair(std::uint32_t a, std::uint32_t b) { ++pair_[at(a, b)]; }

  void fill(BytePairs::Columns<KoalaBear>& row, std::size_t number) const {
    row.and_count = KoalaBear::from(and_[number]);
    row.pair_count = KoalaBear::from(pair_[number]);
  }

 private:
  static std::size_t at(std::uint32_t a, std::uint32_t b) { return std::size_t{a} << 8 | b; }
  std::vector<std::uint32_t> and_ = std::vector<std::uint32_t>(rows, 0);
  std::vector<std::uint32_t> pair_ = std::vector<std::uint32_t>(rows, 0);
};

}  // namespace cairn::engine
