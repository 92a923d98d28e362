// A matrix of base field elements, row by row.
#pragma once

#include <cstddef>
#include <span>

#include "prover/poly/ext_vector.h"

namespace cairn::engine {

class BaseMatrix {
 public:
  BaseMatrix() = default;
  /// Not initialised.
  BaseMatrix(std::size_t height, std::size_t width) : data_(height * width), height_(height), width_(width) {}

  std::size_t height() const { return height_; }
  std::size_t width() const { return width_; }
  KoalaBear* data() { return data_.data(); }
  const KoalaBear* data() const { return data_.data(); }
  /// Requires i < height().
  std::span<KoalaBear> row(std::size_t i) { return {data() + i * width_, width_}; }
  std::span<const KoalaBear> row(std::size_t i) const { return {data() + i * width_, width_}; }

 private:
  BaseVector data_;
  std::size_t height_ = 0, width_ = 0;
};

}  // namespace cairn::engine
