// Loops of ntt.h over rows of a matrix. Equal bit for bit on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

struct NttKernels {
  /// Layers t … t + layers - 1 on the rows base + i + s 2^t, for i in [begin, end) and s < 2^layers: layer t
  /// + l joins rows whose s differ in bit l. Each row has `width` elements; the first `active` are worked on.
  /// Requires 1 <= layers <= 4, end <= 2^t.
  void (*layers)(KoalaBear* base, std::size_t width, std::size_t active, unsigned t, unsigned layers,
                 std::size_t begin, std::size_t end);
  /// Entry e, for e < count, of the columns, 2^r times each: rows[(e 2^r + c) width + j] = columns[j][e] for
  /// j < active, zero for j from active on to width.
  void (*spread)(const KoalaBear* const* columns, std::size_t offset, std::size_t count, std::size_t active,
                 std::size_t width, unsigned r, KoalaBear* rows);
};

const NttKernels& ntt_kernels();

extern const NttKernels ntt_kernels_scalar, ntt_kernels_avx2, ntt_kernels_avx512;

}  // namespace cairn::engine
