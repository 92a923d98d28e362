// Contexts that compute the values eval says: as a list, or folded with weights.
#pragma once

#include <cstddef>

#include "prover/air/builder.h"
#include "prover/field/quintic.h"

namespace cairn::engine {

/// weights . emissions of one row. T is the type of a column's value, A accumulates: weight * T -> A by
/// weigh(), found by argument-dependent lookup. Without Constraints the constraints' terms are left out.
template <class T, class A, bool Constraints = true>
class FoldBuilder : public Builder<FoldBuilder<T, A, Constraints>, T> {
 public:
  CAIRN_DEVICE FoldBuilder(const T* structured, const KoalaBear* public_values, const Quintic* weights,
                           const A& zero)
      : structured_(structured), public_values_(public_values), weights_(weights), sum_(zero) {}

  CAIRN_DEVICE void on_constraint(const T& value, const char*) {
    if constexpr (Constraints) weigh_into(sum_, *weights_, value);
    ++weights_;
  }
  CAIRN_DEVICE void on_interaction(unsigned, Side, bool, const T& multiplicity, const T* tuple,
                                   std::size_t width) {
    weigh_into(sum_, *weights_++, multiplicity);
    for (std::size_t i = 0; i < width; ++i) weigh_into(sum_, *weights_++, tuple[i]);
  }
  CAIRN_DEVICE T lift(KoalaBear x) const { return lift_to(x, static_cast<const T*>(nullptr)); }
  CAIRN_DEVICE const KoalaBear* public_values() const { return public_values_; }
  CAIRN_DEVICE const T* structured_values() const { return structured_; }
  CAIRN_DEVICE const A& sum() const { return sum_; }

 private:
  const T* structured_;
  const KoalaBear* public_values_;
  const Quintic* weights_;
  A sum_;
};

/// weigh_into(sum, w, x): sum += w x. lift_to(x, (T*)0): x as a T. Overloads for packed types stand beside
/// the kernels that use them.
CAIRN_DEVICE constexpr void weigh_into(Quintic& sum, const Quintic& weight, const Quintic& value) {
  sum += weight * value;
}
CAIRN_DEVICE constexpr void weigh_into(Quintic& sum, const Quintic& weight, KoalaBear value) {
  sum += weight * value;
}
CAIRN_DEVICE constexpr Quintic lift_to(KoalaBear x, const Quintic*) { return Quintic::from(x); }
CAIRN_DEVICE constexpr KoalaBear lift_to(KoalaBear x, const KoalaBear*) { return x; }

/// Writes every emission to an array, in order.
template <class T>
class ListBuilder : public Builder<ListBuilder<T>, T> {
 public:
  CAIRN_DEVICE ListBuilder(const T* structured, const KoalaBear* public_values, T* out)
      : structured_(structured), public_values_(public_values), out_(out) {}

  CAIRN_DEVICE void on_constraint(const T& value, const char*) { *out_++ = value; }
  CAIRN_DEVICE void on_interaction(unsigned, Side, bool, const T& multiplicity, const T* tuple,
                                   std::size_t width) {
    *out_++ = multiplicity;
    for (std::size_t i = 0; i < width; ++i) *out_++ = tuple[i];
  }
  CAIRN_DEVICE T lift(KoalaBear x) const { return lift_to(x, static_cast<const T*>(nullptr)); }
  CAIRN_DEVICE const KoalaBear* public_values() const { return public_values_; }
  CAIRN_DEVICE const T* structured_values() const { return structured_; }

 private:
  const T* structured_;
  const KoalaBear* public_values_;
  T* out_;
};

}  // namespace cairn::engine
