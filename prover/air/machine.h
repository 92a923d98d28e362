// A machine is a list of chips:
//
//   struct DemoSpec {
//     static constexpr std::string_view name = "demo-1";
//     static constexpr unsigned public_values = 2;
//     static constexpr std::array buses = {Bus{"byte", BusKind::lookup, 1}};   // bus number = place here
//     static std::vector<BoundaryTuple> boundary(const KoalaBear* publics);    // optional
//   };
//   using Demo = Machine<DemoSpec, ByteTable, Adder>;   // one chip per line; the place is the table's number
#pragma once

#include <array>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "common/result.h"
#include "prover/air/called_quintic.h"
#include "prover/air/shape.h"
#include "prover/air/shape_builder.h"

namespace cairn::engine {

/// The row that a chip's tables end with: Chip::pad, or zeros; nothing for a chip without padding.
template <class Chip>
std::vector<KoalaBear> padding_row() {
  using Columns = typename Chip::template Columns<KoalaBear>;
  if constexpr (requires { Chip::has_padding; }) {
    static_assert(!Chip::has_padding, "said only by chips without");
    return {};
  } else {
    Columns row{};
    if constexpr (requires { Chip::pad(row); }) Chip::pad(row);
    const KoalaBear* const values = as_array<Columns, KoalaBear>(row);
    return {values, values + chip_width<Chip>};
  }
}

template <class Chip>
TableShape table_shape(const KoalaBear* public_values) {
  using Columns = typename Chip::template Columns<Degree>;
  static_assert(sizeof(Columns) == chip_width<Chip> * sizeof(Degree), "Columns holds T and nothing else");
  TableShape table;
  table.name = Chip::name;
  table.width = static_cast<std::uint32_t>(chip_width<Chip>);
  table.structured.assign(Chip::structured.begin(), Chip::structured.end());
  table.log_height_min = Chip::log_height_min;
  table.log_height_max = Chip::log_height_max;
  table.optional = Chip::optional;
  table.padding = padding_row<Chip>();
  Columns row;
  for (std::size_t i = 0; i < chip_width<Chip>; ++i) as_array<Columns, Degree>(row)[i].degree = 1;
  const std::vector<Degree> structured(table.structured.size(), Degree{1});
  ShapeBuilder builder(table, public_values, structured.data());
  Chip::eval(builder, row);
  table.fold = [](const Quintic* columns, const Quintic* fixed, const KoalaBear* publics,
                  const Quintic* weights) {
    using Row = typename Chip::template Columns<CalledQuintic>;
    FoldBuilder<CalledQuintic, Quintic> fold(reinterpret_cast<const CalledQuintic*>(fixed), publics, weights,
                                             Quintic::zero());
    Chip::eval(fold, *reinterpret_cast<const Row*>(columns));
    return fold.sum();
  };
  table.emit = [](const Quintic* columns, const Quintic* fixed, const KoalaBear* publics, Quintic* out) {
    using Row = typename Chip::template Columns<CalledQuintic>;
    ListBuilder<CalledQuintic> list(reinterpret_cast<const CalledQuintic*>(fixed), publics,
                                    reinterpret_cast<CalledQuintic*>(out));
    Chip::eval(list, *reinterpret_cast<const Row*>(columns));
  };
  return table;
}

template <class Spec, class... Chips>
struct Machine {
  using Tables = std::tuple<Chips...>;
  template <std::size_t I>
  using Chip = std::tuple_element_t<I, Tables>;
  static constexpr std::size_t tables = sizeof...(Chips);

  /// The number of a chip's table.
  template <class C>
  static constexpr std::size_t index_of() {
    std::size_t found = 0, at = 0;
    ((std::is_same_v<C, Chips> ? void(found = at++) : void(at++)), ...);
    return found;
  }

  /// Made at the first call, which asserts that check_machine finds nothing. Thread-safe.
  static const MachineShape& shape() {
    static const MachineShape made = make();
    return made;
  }

 private:
  static MachineShape make() {
    MachineShape machine;
    machine.name = Spec::name;
    machine.public_values = Spec::public_values;
    machine.buses.assign(Spec::buses.begin(), Spec::buses.end());
    const std::vector<KoalaBear> zeros(Spec::public_values + 1, KoalaBear::zero());
    machine.tables = {table_shape<Chips>(zeros.data())...};
    if constexpr (requires { Spec::boundary(zeros.data()); }) {
      machine.boundary = &Spec::boundary;
      for (const BoundaryTuple& tuple : Spec::boundary(zeros.data())) {
        machine.boundary_interactions.push_back(
            {tuple.bus, static_cast<std::uint8_t>(tuple.tuple.size()), tuple.received, false});
      }
    }
    const auto wrong = check_machine(machine);
    if (wrong) assert_failed(wrong->c_str(), __FILE__, __LINE__);
    machine.digest = machine_digest(machine);
    return machine;
  }
};

}  // namespace cairn::engine
