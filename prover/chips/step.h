// Steps of a program on words in memory: mem[z] = op(mem[x], mem[y]).
//
// Row r accesses memory at the times 4r + 1, 4r + 2 and 4r + 3; its number is no witness, so times are
// distinct and, with at most 2^22 rows, below 2^24.
#pragma once

#include "prover/chips/word.h"

namespace cairn::engine {

struct Step {
  static constexpr std::string_view name = "step";
  static constexpr unsigned log_height_min = 4, log_height_max = 22;
  static constexpr bool optional = true;
  static constexpr std::array structured = {Structured::row()};

  template <class T>
  struct Columns {
    T real;
    T op;
    T x, y, z;  // addresses
    T a[4], b[4], c[4];
  };

  template <class B, class T = typename B::Expr>
  CAIRN_DEVICE static void eval(B& builder, const Columns<T>& row) {
    const auto real = builder.flag(row.real, "real");
    const T time = builder.structured(0) * number(4);
    const T read = builder.constant(0), write = builder.constant(1);
    builder.send(WordBus::access, real,
                 {time + number(1), row.x, row.a[0], row.a[1], row.a[2], row.a[3], read});
    builder.send(WordBus::access, real,
                 {time + number(2), row.y, row.b[0], row.b[1], row.b[2], row.b[3], read});
    builder.send(WordBus::access, real,
                 {time + number(3), row.z, row.c[0], row.c[1], row.c[2], row.c[3], write});
    builder.send(WordBus::operation, real,
                 {row.op, row.a[0], row.a[1], row.a[2], row.a[3], row.b[0], row.b[1], row.b[2], row.b[3],
                  row.c[0], row.c[1], row.c[2], row.c[3]});
  }
};

}  // namespace cairn::engine
