#include "prover/soundness/reed_solomon.h"

#include <cmath>

#include "common/result.h"

namespace cairn::engine::soundness {
namespace {

long double rate_of(int log_inverse_rate) { return std::exp2(-static_cast<long double>(log_inverse_rate)); }

}  // namespace

long double agreement(const Decoding& decoding, int log_inverse_rate) {
  const long double rate = rate_of(log_inverse_rate);
  if (decoding.regime == Regime::unique) return (1 + rate) / 2;
  CAIRN_ASSERT(decoding.multiplicity >= 1);
  return std::sqrt(rate) * (1 + 1 / (2 * static_cast<long double>(decoding.multiplicity)));
}

long double list_size(const Decoding& decoding, int log_inverse_rate) {
  if (decoding.regime == Regime::unique) return 1;
  CAIRN_ASSERT(decoding.multiplicity >= 1);
  const long double rate = rate_of(log_inverse_rate);
  const auto m = static_cast<long double>(decoding.multiplicity);
  return decoding.list_bound == ListBound::johnson ? m / rate : (m + 0.5L) / std::sqrt(rate);
}

long double proximity_error(const Decoding& decoding, const ReedSolomon& code, long double log_field) {
  const long double rate = rate_of(code.log_inverse_rate);
  const long double length = std::exp2(static_cast<long double>(code.log_dimension + code.log_inverse_rate));
  const long double distance = 1 - agreement(decoding, code.log_inverse_rate);
  if (decoding.regime == Regime::unique) return std::exp2(-log_field) * (distance * length + 1);
  const long double m = static_cast<long double>(decoding.multiplicity) + 0.5L;
  const long double exceptions =
      (2 * std::pow(m, 5.0L) + 3 * m * distance * rate) * length / (3 * rate * std::sqrt(rate)) +
      m / std::sqrt(rate);
  return std::exp2(-log_field) * exceptions;
}

}  // namespace cairn::engine::soundness
