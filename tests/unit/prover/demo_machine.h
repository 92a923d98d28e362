// A small machine that has one of everything: a lookup bus with a structured provider, a permutation bus,
// a boundary made of public values, tables of different heights, an optional table, constraints of degree 3.
#pragma once

#include <random>

#include "prover/air/machine.h"
#include "prover/air/table_view.h"

namespace cairn::engine {

struct DemoSpec {
  static constexpr std::string_view name = "demo-1";
  static constexpr unsigned public_values = 2;
  enum : unsigned { byte = 0, pair = 1 };
  static constexpr std::array buses = {Bus{"byte", BusKind::lookup, 1}, Bus{"pair", BusKind::permutation, 2}};
  static std::vector<BoundaryTuple> boundary(const KoalaBear* publics) {
    return {{pair, false, {publics[0], publics[1]}}};
  }
};

/// Provides each byte.
struct ByteTable {
  static constexpr std::string_view name = "byte";
  static constexpr unsigned log_height_min = 8, log_height_max = 8;
  static constexpr bool optional = false;
  static constexpr std::array structured = {Structured::row_bits(0, 8)};
  template <class T>
  struct Columns {
    T count;
  };
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    b.provide(DemoSpec::byte, row.count, {b.structured(0)});
  }
};

/// Sends (x, x^3) for bytes x.
struct Cubes {
  static constexpr std::string_view name = "cubes";
  static constexpr unsigned log_height_min = 4, log_height_max = 20;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};
  template <class T>
  struct Columns {
    T real, x, cube;
  };
  static void pad(Columns<KoalaBear>& row) {
    row = {KoalaBear::zero(), KoalaBear::from(3), KoalaBear::from(27)};
  }
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_equal(row.x * row.x * row.x, row.cube, "cube");
    b.lookup(DemoSpec::byte, real, {row.x});
    b.send(DemoSpec::pair, real, {row.x, row.cube});
  }
};

/// Receives pairs whose sum it writes down.
struct Sums {
  static constexpr std::string_view name = "sums";
  static constexpr unsigned log_height_min = 4, log_height_max = 20;
  static constexpr bool optional = false;
  static constexpr std::array<Structured, 0> structured{};
  template <class T>
  struct Columns {
    T real, x, y, sum;
  };
  static void pad(Columns<KoalaBear>& row) {
    row = {KoalaBear::zero(), KoalaBear::from(2), KoalaBear::from(5), KoalaBear::from(7)};
  }
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_equal(row.x + row.y, row.sum, "sum");
    b.receive(DemoSpec::pair, real, {row.x, row.y});
  }
};

using DemoMachine = Machine<DemoSpec, ByteTable, Cubes, Sums>;

/// Fills the three tables with `cubes` real rows of Cubes (0 with an absent table) and one more in Sums, for
/// the public values (x, y). Views of absent tables have no cells.
inline void fill_demo(std::span<const TableView> tables, std::size_t cubes, KoalaBear x, KoalaBear y,
                      std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const KoalaBear zero = KoalaBear::zero(), one = KoalaBear::one();
  for (std::size_t i = 0; i < 256; ++i) tables[0].at(i, 0) = zero;
  const TableView &cube_table = tables[1], &sums = tables[2];
  std::size_t row = 0;
  for (; row < cubes; ++row) {
    const auto value = static_cast<std::uint32_t>(random() % 256);
    const KoalaBear v = KoalaBear::from(value);
    tables[0].at(value, 0) += one;
    cube_table.put(row, Cubes::Columns<KoalaBear>{one, v, v.cube()});
    sums.put(row, Sums::Columns<KoalaBear>{one, v, v.cube(), v + v.cube()});
  }
  sums.put(row, Sums::Columns<KoalaBear>{one, x, y, x + y});
  Sums::Columns<KoalaBear> padding;
  Sums::pad(padding);
  for (++row; row < sums.height(); ++row) sums.put(row, padding);
  Cubes::Columns<KoalaBear> cube_padding;
  Cubes::pad(cube_padding);
  for (std::size_t r = cubes; cube_table.cells != nullptr && r < cube_table.height(); ++r) {
    cube_table.put(r, cube_padding);
  }
}

}  // namespace cairn::engine
