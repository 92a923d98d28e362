// Loops of dense.h. Extension vectors are given by the beginning of their first plane and the distance of
// planes. Equal bit for bit on every instruction set.
#pragma once

#include <cstddef>

#include "prover/field/quintic.h"

namespace cairn::engine {

struct DenseKernels {
  /// out[i] = x[i] s, for i < n. May be in place.
  void (*scale)(const KoalaBear* x, std::size_t x_stride, const Quintic& s, KoalaBear* out,
                std::size_t out_stride, std::size_t n);
  /// out[i] += x[i] s, for i < n.
  void (*scale_add)(const KoalaBear* x, std::size_t x_stride, const Quintic& s, KoalaBear* out,
                    std::size_t out_stride, std::size_t n);
  /// out[i] = low[i] + r (high[i] - low[i]), for i < n.
  void (*fold_base)(const KoalaBear* low, const KoalaBear* high, const Quintic& r, KoalaBear* out,
                    std::size_t out_stride, std::size_t n);
  /// x[i] += r (x[half + i] - x[i]), for i < n.
  void (*fold_ext)(KoalaBear* x, std::size_t stride, std::size_t half, const Quintic& r, std::size_t n);
  /// The sum of a[i] b[i], for i < n.
  Quintic (*dot_base)(const KoalaBear* a, const KoalaBear* b, std::size_t b_stride, std::size_t n);
  Quintic (*dot_ext)(const KoalaBear* a, std::size_t a_stride, const KoalaBear* b, std::size_t b_stride,
                     std::size_t n);
};

const DenseKernels& dense_kernels();

extern const DenseKernels dense_kernels_scalar, dense_kernels_avx2, dense_kernels_avx512;

}  // namespace cairn::engine
