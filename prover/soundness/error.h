// What a soundness analysis adds up: probabilities of error, each with the step of the protocol it belongs
// to.
#pragma once

#include <cmath>
#include <string>
#include <vector>

namespace cairn::engine::soundness {

/// The probability that a false statement survives one step, counted per attempt of the attacker: what proof
/// of work makes an attempt cost is divided out. 2^-bits.
struct Step {
  std::string name;   ///< e.g. "whir fold 1.3": round 1, third variable
  long double error;  ///< in (0, 1]
};

/// Bits of an error: -log2(error). An error of 1 or more has 0 bits.
inline double bits(long double error) { return error >= 1 ? 0.0 : static_cast<double>(-std::log2(error)); }

/// 2^-bits as an error, for bits that need not be whole.
inline long double error_of_bits(long double bits) { return std::exp2(-bits); }

/// The sum of all errors: the chance that any step fails.
inline long double sum(const std::vector<Step>& steps) {
  long double total = 0;
  for (const Step& step : steps) total += step.error;
  return total;
}

/// The step with the largest error. Requires at least one step.
inline const Step& weakest(const std::vector<Step>& steps) {
  const Step* worst = &steps.front();
  for (const Step& step : steps) {
    if (step.error > worst->error) worst = &step;
  }
  return *worst;
}

}  // namespace cairn::engine::soundness
