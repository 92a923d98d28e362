// The kernels of table_kernels.h for one chip and packed type P.
#pragma once

#include "prover/prove/packed_expr.h"
#include "prover/prove/table_kernels.h"

namespace cairn::engine {

/// The context that writes fractions.
template <class P>
class LeafBuilder : public Builder<LeafBuilder<P>, P> {
 public:
  CAIRN_DEVICE LeafBuilder(const P* structured, const KoalaBear* public_values, const Leaves& out,
                           std::size_t row)
      : structured_(structured), public_values_(public_values), out_(out), at_(row) {}

  CAIRN_DEVICE void on_constraint(const P&, const char*) {}
  CAIRN_DEVICE void on_interaction(unsigned bus, Side side, bool, const P& multiplicity, const P* tuple,
                                   std::size_t width) {
    PackedQuintic<P> fingerprint = PackedQuintic<P>::zero();
    for (std::size_t i = 0; i < width; ++i) weigh_into(fingerprint, out_.weights[i], tuple[i]);
    const PackedQuintic<P> denominator = PackedQuintic<P>::broadcast(out_.constants[bus]) - fingerprint;
    (side == Side::sent ? multiplicity : -multiplicity).store(out_.numerators + at_);
    denominator.store(out_.denominators.planes, out_.denominators.stride, at_);
    at_ += out_.height;
  }
  CAIRN_DEVICE P lift(KoalaBear x) const { return P::broadcast(x); }
  CAIRN_DEVICE const KoalaBear* public_values() const { return public_values_; }
  CAIRN_DEVICE const P* structured_values() const { return structured_; }

 private:
  const P* structured_;
  const KoalaBear* public_values_;
  const Leaves& out_;
  std::size_t at_;
};

/// Weighted sums of base field emissions: five products are reduced at once.
template <class P, bool Constraints>
class BaseFold : public Builder<BaseFold<P, Constraints>, P> {
 public:
  CAIRN_DEVICE BaseFold(const P* structured, const KoalaBear* public_values, const Quintic* weights)
      : structured_(structured),
        public_values_(public_values),
        next_(weights),
        sum_(PackedQuintic<P>::zero()) {}

  CAIRN_DEVICE void on_constraint(const P& value, const char*) {
    if constexpr (Constraints) add(value);
    ++next_;
  }
  CAIRN_DEVICE void on_interaction(unsigned, Side, bool, const P& multiplicity, const P* tuple,
                                   std::size_t width) {
    add(multiplicity);
    ++next_;
    for (std::size_t i = 0; i < width; ++i, ++next_) add(tuple[i]);
  }
  CAIRN_DEVICE P lift(KoalaBear x) const { return P::broadcast(x); }
  CAIRN_DEVICE const KoalaBear* public_values() const { return public_values_; }
  CAIRN_DEVICE const P* structured_values() const { return structured_; }
  CAIRN_DEVICE const PackedQuintic<P>& sum() {
    for (; held_ > 0 && held_ < 5; ++held_) {
      values_[held_] = P::zero();
      weights_[held_] = weights_[0];
    }
    flush();
    return sum_;
  }

 private:
  CAIRN_DEVICE void add(const P& value) {
    values_[held_] = value;
    weights_[held_] = next_;
    if (++held_ == 5) flush();
  }
  CAIRN_DEVICE void flush() {
    if (held_ == 0) return;
    for (std::size_t k = 0; k < Quintic::degree; ++k) {
      sum_.c[k] = sum_.c[k] + P::dot5(values_, P::broadcast(weights_[0]->c[k]),
                                      P::broadcast(weights_[1]->c[k]), P::broadcast(weights_[2]->c[k]),
                                      P::broadcast(weights_[3]->c[k]), P::broadcast(weights_[4]->c[k]));
    }
    held_ = 0;
  }

  const P* structured_;
  const KoalaBear* public_values_;
  const Quintic* next_;
  P values_[5];
  const Quintic* weights_[5];
  std::size_t held_ = 0;
  PackedQuintic<P> sum_;
};

template <class P, class Chip>
struct TableKernelsOf {
  using E = PackedQuintic<P>;
  using Value = PackedQuintic<P, true>;  // what the chip computes with in the extension
  static constexpr std::size_t fixed = Chip::structured.size();
  static constexpr std::size_t width = chip_width<Chip> + fixed;

  template <class T>
  struct Row {
    typename Chip::template Columns<T> columns;
    T structured[fixed + 1];  // never empty
    CAIRN_DEVICE T* values() { return reinterpret_cast<T*>(this); }
  };

  static void leaves(const BaseRows& rows, const Leaves& out, std::size_t begin, std::size_t end) {
    for (std::size_t y = begin; y < end; y += P::lanes) {
      Row<P> row;
      for (std::size_t i = 0; i < width; ++i) row.values()[i] = P::load(rows.columns[i] + y);
      LeafBuilder<P> builder(row.structured, rows.public_values, out, y);
      Chip::eval(builder, row.columns);
    }
  }

  static void round_base(const BaseRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                         std::size_t end, ZerocheckSums& sums) {
    E totals[3] = {E::zero(), E::zero(), E::zero()};
    for (std::size_t y = begin; y < end; y += P::lanes) {
      Row<P> at[3];
      for (std::size_t i = 0; i < width; ++i) {
        P low, high;
        P::load_unzipped(rows.columns[i] + 2 * y, low, high);
        extend(low, high, i, at);
      }
      const E scale = E::load(eq.planes, eq.stride, y - begin);
      totals[0] += scale * fold<false>(at[0], rows.public_values, weights);
      for (std::size_t point = 1; point < 3; ++point) {
        totals[point] += scale * fold<true>(at[point], rows.public_values, weights);
      }
    }
    for (std::size_t point = 0; point < 3; ++point) sums[point] = totals[point].sum();
  }

  static void round_ext(const ExtRows& rows, const Quintic* weights, ExtSpan eq, std::size_t begin,
                        std::size_t end, ZerocheckSums& sums) {
    Value totals[3] = {Value::zero(), Value::zero(), Value::zero()};
    for (std::size_t y = begin; y < end; y += P::lanes) {
      Row<Value> at[3];
      for (std::size_t i = 0; i < width; ++i) {
        Value low, high;
        Value::load_unzipped(rows.columns[i].planes, rows.columns[i].stride, 2 * y, low, high);
        extend(low, high, i, at);
      }
      const Value scale = Value::load(eq.planes, eq.stride, y - begin);
      for (std::size_t point = 0; point < 3; ++point) {
        totals[point] += scale * fold_ext(at[point], rows.public_values, weights);
      }
    }
    for (std::size_t point = 0; point < 3; ++point) sums[point] = totals[point].sum();
  }

  static constexpr TableKernels table() { return {leaves, round_base, round_ext}; }

 private:
  /// Column i of the line through low (at 0) and high (at 1): at 0, at -1, at 2.
  template <class T>
  CAIRN_DEVICE static void extend(const T& low, const T& high, std::size_t i, Row<T> (&at)[3]) {
    const T step = high - low;
    at[0].values()[i] = low;
    at[1].values()[i] = low - step;
    at[2].values()[i] = high + step;
  }
  /// Not inlined, so that the chip's text is compiled once for each type.
  template <bool constraints>
  __attribute__((noinline)) static E fold(const Row<P>& row, const KoalaBear* public_values,
                                          const Quintic* weights) {
    BaseFold<P, constraints> builder(row.structured, public_values, weights);
    Chip::eval(builder, row.columns);
    return builder.sum();
  }
  __attribute__((noinline)) static Value fold_ext(const Row<Value>& row, const KoalaBear* public_values,
                                                  const Quintic* weights) {
    FoldBuilder<Value, Value> builder(row.structured, public_values, weights, Value::zero());
    Chip::eval(builder, row.columns);
    return builder.sum();
  }
};

}  // namespace cairn::engine
