// A run of extension elements in memory, as kernels see it.
#pragma once

#include <algorithm>
#include <cstddef>

#include "prover/field/quintic.h"
#include "prover/poly/ext_vector.h"

namespace cairn::engine {

/// Coordinate k of element i is planes[k * stride + i]. A view; copying is cheap.
struct ExtSpan {
  KoalaBear* planes = nullptr;
  std::size_t stride = 0;

  ExtSpan() = default;
  CAIRN_DEVICE ExtSpan(KoalaBear* at, std::size_t step) : planes(at), stride(step) {}
  explicit ExtSpan(ExtVector& v) : planes(v.plane(0)), stride(v.stride()) {}
  /// The run that begins at element i.
  CAIRN_DEVICE ExtSpan from(std::size_t i) const { return {planes + i, stride}; }
  Quintic get(std::size_t i) const {
    Quintic out;
    for (std::size_t k = 0; k < Quintic::degree; ++k) out.c[k] = planes[k * stride + i];
    return out;
  }
  /// Elements [begin, end) become x.
  void fill(std::size_t begin, std::size_t end, const Quintic& x) const {
    for (std::size_t k = 0; k < Quintic::degree; ++k) {
      std::fill(planes + k * stride + begin, planes + k * stride + end, x.c[k]);
    }
  }
};

}  // namespace cairn::engine
