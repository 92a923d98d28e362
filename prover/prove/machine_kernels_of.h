// What the files that cairn_machine() makes have in common: the kernels of every n-th table of a machine.
#pragma once

#include <utility>

#include "prover/air/machine.h"
#include "prover/prove/table_kernels_of.h"

namespace cairn::engine {

/// Puts the kernels of table i to its place when it belongs to the part.
template <class M, class P, std::size_t i, bool mine>
CAIRN_DEVICE void put_table(TableKernels* tables) {
  if constexpr (mine) tables[i] = TableKernelsOf<P, typename M::template Chip<i>>::table();
}

template <class M, class P, std::size_t part, std::size_t parts, std::size_t... i>
CAIRN_DEVICE void put_tables(TableKernels* tables, std::index_sequence<i...>) {
  (put_table<M, P, i, i % parts == part>(tables), ...);
}

/// Puts the kernels of tables part, part + parts, part + 2 parts, … to their places, then has the next part
/// do so.
template <class M, class P, std::size_t part, std::size_t parts>
CAIRN_DEVICE void put_part(TableKernels* tables) {
  put_tables<M, P, part, parts>(tables, std::make_index_sequence<M::tables>());
  if constexpr (part + 1 < parts) put_table_kernels<M, P, part + 1>(tables);
}

}  // namespace cairn::engine
