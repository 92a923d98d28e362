// A machine whose highest table is on no bus: its point has more coordinates than the sum over fractions
// leaves, and without its other table there are no fractions at all. Constraints use structured columns and a
// public value.
#pragma once

#include "prover/air/machine.h"
#include "prover/air/table_view.h"

namespace cairn::engine {

struct TowerSpec {
  static constexpr std::string_view name = "tower-1";
  static constexpr unsigned public_values = 1;
  enum : unsigned { echo = 0 };
  static constexpr std::array buses = {Bus{"echo", BusKind::permutation, 1}};
};

/// Row i: y = x i + 2^(i mod 8) x^2; x of the first row is public, x of the last row is 9.
struct Tower {
  static constexpr std::string_view name = "tower";
  static constexpr unsigned log_height_min = 4, log_height_max = 16;
  static constexpr bool optional = false;
  static constexpr bool has_padding = false;
  static constexpr std::array structured = {Structured::row(), Structured::power_of_two(0, 3),
                                            Structured::first_row(), Structured::last_row()};
  template <class T>
  struct Columns {
    T x, y;
  };
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    b.assert_equal(row.x * b.structured(0) + b.structured(1) * row.x * row.x, row.y, "y");
    b.assert_zero(b.structured(2) * (row.x - b.public_value(0)), "first");
    b.assert_zero(b.structured(3) * (row.x - KoalaBear::from(9)), "last");
  }
};

/// Sends itself 7, when it is real.
struct Echo {
  static constexpr std::string_view name = "echo";
  static constexpr unsigned log_height_min = 4, log_height_max = 16;
  static constexpr bool optional = true;
  static constexpr std::array<Structured, 0> structured{};
  template <class T>
  struct Columns {
    T real, value;
  };
  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& b, const Columns<T>& row) {
    const auto real = b.flag(row.real, "real");
    b.assert_zero(row.real * (row.value - KoalaBear::from(7)), "value");
    b.send(TowerSpec::echo, real, {row.value});
    b.receive(TowerSpec::echo, real, {row.value});
  }
};

using TowerMachine = Machine<TowerSpec, Tower, Echo>;

/// All rows of the tower are real; `echoes` rows of the other table are.
inline void fill_tower(std::span<const TableView> tables, KoalaBear first, std::size_t echoes) {
  const TableView &tower = tables[0], &echo = tables[1];
  for (std::size_t i = 0; i < tower.height(); ++i) {
    const KoalaBear x = i == 0                    ? first
                        : i + 1 == tower.height() ? KoalaBear::from(9)
                                                  : KoalaBear::from(std::uint64_t{i} * i + 1);
    const KoalaBear power = Structured::power_of_two(0, 3).at(i, tower.log_height);
    tower.put(i, Tower::Columns<KoalaBear>{x, x * KoalaBear::from(std::uint64_t{i}) + power * x * x});
  }
  for (std::size_t i = 0; echo.cells != nullptr && i < echo.height(); ++i) {
    const bool real = i < echoes;
    echo.put(i, Echo::Columns<KoalaBear>{KoalaBear::from(real ? 1 : 0), KoalaBear::from(real ? 7 : 0)});
  }
}

}  // namespace cairn::engine
