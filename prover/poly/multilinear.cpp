#include "prover/poly/multilinear.h"

#include <cstddef>

namespace cairn::engine {
namespace {

template <class T>
Quintic weigh(std::span<const T> values, std::span<const Quintic> point) {
  const std::vector<Quintic> weights = eq_table(point);
  Quintic sum = Quintic::zero();
  for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * values[i];
  return sum;
}

}  // namespace

Quintic eq(std::span<const Quintic> x, std::span<const Quintic> y) {
  Quintic out = Quintic::one();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Quintic both = x[i] * y[i];
    out *= both + both - x[i] - y[i] + KoalaBear::one();
  }
  return out;
}

Quintic eq_at(std::uint64_t bits, std::span<const Quintic> point) {
  Quintic out = Quintic::one();
  for (std::size_t i = 0; i < point.size(); ++i) {
    const bool set = (bits >> (point.size() - 1 - i) & 1) != 0;
    out *= set ? point[i] : KoalaBear::one() - point[i];
  }
  return out;
}

std::vector<Quintic> eq_table(std::span<const Quintic> point) {
  std::vector<Quintic> out(std::size_t{1} << point.size());
  out[0] = Quintic::one();
  std::size_t filled = 1;
  for (const Quintic& x : point) {
    for (std::size_t i = filled; i-- > 0;) {
      const Quintic high = out[i] * x;
      out[2 * i] = out[i] - high;
      out[2 * i + 1] = high;
    }
    filled *= 2;
  }
  return out;
}

Quintic evaluate(std::span<const KoalaBear> values, std::span<const Quintic> point) {
  return weigh(values, point);
}

Quintic evaluate(std::span<const Quintic> values, std::span<const Quintic> point) {
  return weigh(values, point);
}

}  // namespace cairn::engine
