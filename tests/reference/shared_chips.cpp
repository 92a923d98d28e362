#include "tests/reference/shared_chips.h"

#include <stdexcept>

namespace cairn::reference {
namespace {

/// The value in one row, as the table of structured columns in docs/proof-system/protocol.md says it.
Structured column_of(const engine::Structured& column) {
  const auto kind = static_cast<unsigned>(column.kind);
  const unsigned low = column.low, low_b = column.low_b, count = column.count;
  const auto at = [=](std::uint64_t row, unsigned height) -> KoalaBear {
    const auto bits_from = [&](unsigned first) { return (row >> first) % (std::uint64_t{1} << count); };
    switch (kind) {
      case 1:
        return word_of(bits_from(low));
      case 2:
        return word_of(bits_from(low) & bits_from(low_b));
      case 3:
        return word_of(bits_from(low) ^ bits_from(low_b));
      case 4:
        return word_of(2).pow(bits_from(low));
      case 5:
        return word_of(row == 0 ? 1 : 0);
      case 6:
        return word_of(row == (std::uint64_t{1} << height) - 1 ? 1 : 0);
      case 7:
        return word_of(row);
      default:
        throw std::logic_error("no such kind of structured column");
    }
  };
  return {kind, low, low_b, count, at};
}

RowSays row_of(const engine::TableShape& table, const Point& columns, const Point& structured,
               const Words& publics) {
  Point emitted(table.emissions.size());
  table.emit(columns.data(), structured.data(), publics.data(), emitted.data());
  RowSays out;
  for (std::size_t i = 0; i < emitted.size();) {
    const engine::Emission& said = table.emissions[i];
    if (said.kind == engine::Emission::Kind::constraint) {
      out.zero(emitted[i++]);
      continue;
    }
    const engine::Interaction& one = table.interactions[said.index];
    out.on_bus({one.bus, one.received, emitted[i], slice(emitted, i + 1, i + 1 + one.width), one.counted});
    i += 1 + std::size_t{one.width};
  }
  return out;
}

}  // namespace

Machine with_shared_chips(const engine::MachineShape& shape) {
  Machine out;
  out.name = shape.name;
  out.public_values = shape.public_values;
  for (const engine::Bus& bus : shape.buses) {
    out.buses.push_back({std::string(bus.name), static_cast<unsigned>(bus.kind), bus.width});
  }
  for (const engine::TableShape& table : shape.tables) {
    std::vector<Structured> structured;
    for (const engine::Structured& column : table.structured) structured.push_back(column_of(column));
    out.tables.push_back({std::string(table.name), table.width, table.log_height_min, table.log_height_max,
                          table.optional, std::move(structured), table.padding,
                          [&table](const Point& columns, const Point& fixed, const Words& publics) {
                            return row_of(table, columns, fixed, publics);
                          }});
  }
  out.boundary = [&shape](const Words& publics) {
    std::vector<BoundaryTuple> tuples;
    if (shape.boundary == nullptr) return tuples;
    for (const engine::BoundaryTuple& one : shape.boundary(publics.data())) {
      tuples.push_back({one.bus, one.received, one.tuple});
    }
    return tuples;
  };
  return out;
}

}  // namespace cairn::reference
