// The loop of fill_permutations() for packed type P.
#pragma once

#include "prover/chips/poseidon2.h"
#include "prover/chips/poseidon2_fill_kernels.h"
#include "prover/prove/packed_expr.h"

namespace cairn::engine {

template <class P>
struct Poseidon2FillLanes {
  CAIRN_DEVICE static void fill(const TableView& table, const KoalaBear* inputs, const KoalaBear* counts,
                                std::size_t begin, std::size_t end) {
    using Chip = Poseidon2Chip<0>;
    using Columns = typename Chip::template Columns<P>;
    const std::size_t height = std::size_t{1} << table.log_height;
    for (std::size_t at = begin; at < end; at += P::lanes) {
      Columns row;
      P::load_transposed(inputs + poseidon2::width * at, poseidon2::width, row.input);
      Chip::fill(row, P::load(counts + at));
      const P* values = as_array<const Columns, const P>(row);
      for (std::size_t i = 0; i < chip_width<Chip>; ++i) values[i].store(table.cells + i * height + at);
    }
  }
};

}  // namespace cairn::engine
