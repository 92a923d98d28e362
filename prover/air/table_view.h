// A table's cells in memory: columns one after the other, each 2^log_height elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "prover/air/builder.h"
#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// A view; the cells belong to a Witness.
struct TableView {
  KoalaBear* cells = nullptr;
  std::uint32_t width = 0;
  unsigned log_height = 0;

  std::size_t height() const { return std::size_t{1} << log_height; }
  std::span<KoalaBear> column(std::size_t i) const { return {cells + (i << log_height), height()}; }
  KoalaBear& at(std::size_t row, std::size_t i) const { return cells[(i << log_height) + row]; }

  /// Writes row `row` from a struct of columns. Threads may write different rows at once.
  template <class Columns>
  void put(std::size_t row, const Columns& from) const {
    static_assert(sizeof(Columns) % sizeof(KoalaBear) == 0);
    const KoalaBear* values = as_array<const Columns, const KoalaBear>(from);
    for (std::size_t i = 0; i < sizeof(Columns) / sizeof(KoalaBear); ++i) at(row, i) = values[i];
  }
  template <class Columns>
  Columns get(std::size_t row) const {
    Columns out;
    KoalaBear* values = as_array<Columns, KoalaBear>(out);
    for (std::size_t i = 0; i < sizeof(Columns) / sizeof(KoalaBear); ++i) values[i] = at(row, i);
    return out;
  }
  /// Copies row `from` to every row behind it.
  void repeat_from(std::size_t from) const {
    for (std::size_t i = 0; i < width; ++i) {
      const auto cells_of = column(i);
      for (std::size_t row = from + 1; row < height(); ++row) cells_of[row] = cells_of[from];
    }
  }
};

}  // namespace cairn::engine
