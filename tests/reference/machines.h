// Machines written down anew, from what their chips say in words.
#pragma once

#include "tests/reference/protocol.h"

namespace cairn::reference {

/// tests/unit/prover/demo_machine.h: bytes, cubes of bytes, sums of what the cubes send; the public pair is sent once more.
inline Machine demo_machine() {
  Table bytes{.name = "byte", .width = 1, .height_min = 8, .height_max = 8, .optional = false,
              .structured = {{1, 0, 0, 8, [](std::uint64_t row, unsigned) { return word_of(row % 256); }}},
              .row = {}, .provides = 0};
  bytes.row = [](const Point& column, const Point& structured, const Words&) {
    RowSays out;
    out.on_bus({0, true, column[0], {structured[0]}});
    return out;
  };
  Table cubes{.name = "cubes", .width = 3, .height_min = 4, .height_max = 20, .optional = true, .structured = {}, .row = {}};
  cubes.row = [](const Point& column, const Point&, const Words&) {
    const Quintic real = column[0], x = column[1], cube = column[2];
    RowSays out;
    out.flag(real);
    out.zero(x * x * x - cube);
    out.on_bus({0, false, real, {x}});
    out.on_bus({1, false, real, {x, cube}});
    return out;
  };
  Table sums{.name = "sums", .width = 4, .height_min = 4, .height_max = 20, .optional = false, .structured = {}, .row = {}};
  sums.row = [](const Point& column, const Point&, const Words&) {
    const Quintic real = column[0], x = column[1], y = column[2], sum = column[3];
    RowSays out;
    out.flag(real);
    out.zero(x + y - sum);
    out.on_bus({1, true, real, {x, y}});
    return out;
  };
  return {"demo-1", 2, {{"byte", 2, 1}, {"pair", 1, 2}}, {bytes, cubes, sums}, [](const Words& publics) {
            return std::vector<BoundaryTuple>{{1, false, {publics[0], publics[1]}}};
          }};
}

}  // namespace cairn::reference
