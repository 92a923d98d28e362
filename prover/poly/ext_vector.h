// Vectors of field elements in the layout that SIMD kernels read: 64-byte aligned, extension elements as
// five planes of coordinates. Contents are not initialised unless made by zeros(). Move-only: a copy is
// asked for by name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "prover/field/quintic.h"
#include "prover/memory.h"

namespace cairn::engine {

class BaseVector {
 public:
  BaseVector() = default;
  explicit BaseVector(std::size_t size) : data_(allocate_buffer<KoalaBear>(size)), size_(size) {}
  static BaseVector zeros(std::size_t size) {
    BaseVector out(size);
    std::fill_n(out.data(), size, KoalaBear::zero());
    return out;
  }
  static BaseVector of(std::span<const KoalaBear> values) {
    BaseVector out(values.size());
    std::copy(values.begin(), values.end(), out.data());
    return out;
  }
  BaseVector copy() const { return of(*this); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  KoalaBear* data() { return data_.get(); }
  const KoalaBear* data() const { return data_.get(); }
  KoalaBear& operator[](std::size_t i) { return data_[i]; }
  const KoalaBear& operator[](std::size_t i) const { return data_[i]; }
  KoalaBear* begin() { return data(); }
  KoalaBear* end() { return data() + size_; }
  const KoalaBear* begin() const { return data(); }
  const KoalaBear* end() const { return data() + size_; }
  operator std::span<const KoalaBear>() const { return {data(), size_}; }
  operator std::span<KoalaBear>() { return {data(), size_}; }
  /// Forgets the elements from `size` on. Requires size <= size().
  void truncate(std::size_t size) { size_ = size; }

 private:
  Buffer<KoalaBear> data_;
  std::size_t size_ = 0;
};

class ExtVector {
 public:
  ExtVector() = default;
  explicit ExtVector(std::size_t size)
      : stride_((size + 15) / 16 * 16),
        size_(size),
        data_(allocate_buffer<KoalaBear>(Quintic::degree * stride_)) {}
  static ExtVector zeros(std::size_t size) {
    ExtVector out(size);
    std::fill_n(out.data_.get(), Quintic::degree * out.stride_, KoalaBear::zero());
    return out;
  }
  static ExtVector of(std::span<const Quintic> values) {
    ExtVector out(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) out.set(i, values[i]);
    return out;
  }
  ExtVector copy() const {
    ExtVector out(size_);
    for (std::size_t k = 0; k < Quintic::degree; ++k) std::copy_n(plane(k), size_, out.plane(k));
    return out;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Coordinate k of all elements, contiguous, 64-byte aligned. Requires k < 5.
  KoalaBear* plane(std::size_t k) { return data_.get() + k * stride_; }
  const KoalaBear* plane(std::size_t k) const { return data_.get() + k * stride_; }
  /// Elements between the beginnings of two planes, a multiple of 16.
  std::size_t stride() const { return stride_; }
  Quintic get(std::size_t i) const {
    const KoalaBear* x = data_.get() + i;
    return {{x[0], x[stride_], x[2 * stride_], x[3 * stride_], x[4 * stride_]}};
  }
  Quintic operator[](std::size_t i) const { return get(i); }
  void set(std::size_t i, const Quintic& value) {
    for (std::size_t k = 0; k < Quintic::degree; ++k) plane(k)[i] = value.c[k];
  }
  /// Forgets the elements from `size` on; planes stay where they are. Requires size <= size().
  void truncate(std::size_t size) { size_ = size; }

 private:
  std::size_t stride_ = 0;
  std::size_t size_ = 0;
  Buffer<KoalaBear> data_;
};

}  // namespace cairn::engine
