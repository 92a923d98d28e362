#include "prover/chips/poseidon2_fill.h"

#include <algorithm>

#include "common/result.h"
#include "prover/chips/poseidon2_fill_kernels.h"
#include "prover/field/isa.h"
#include "prover/parallel.h"

namespace cairn::engine {

namespace {

FillPermutations* kernel_for(std::size_t rows) {
  if (rows % 16 != 0) return fill_permutations_scalar;
  switch (isa()) {
    case Isa::avx512:
      return fill_permutations_avx512;
    case Isa::avx2:
      return fill_permutations_avx2;
    case Isa::scalar:
      break;
  }
  return fill_permutations_scalar;
}

}  // namespace

void fill_permutations(const TableView& table, std::span<const KoalaBear> inputs,
                       std::span<const KoalaBear> counts) {
  const std::size_t rows = counts.size();
  CAIRN_ASSERT(inputs.size() == 16 * rows && rows <= table.height());
  parallel_for(rows, 256, [&](std::size_t begin, std::size_t end) {
    kernel_for(end - begin)(table, inputs.data(), counts.data(), begin, end);
  });
  if (rows == table.height()) return;
  const KoalaBear zeros[16] = {}, none[1] = {};
  TableView last = table;  // its row 0 is the first row of the padding
  last.cells += rows;
  fill_permutations_scalar(last, zeros, none, 0, 1);
  parallel_for(table.width, 8, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const auto column = table.column(i);
      std::fill(column.begin() + static_cast<std::ptrdiff_t>(rows), column.end(), column[rows]);
    }
  });
}

}  // namespace cairn::engine
