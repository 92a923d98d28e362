#include "prover/soundness/whir.h"

#include <string>

#include "common/result.h"

namespace cairn::engine::soundness {
namespace {

long double power(int bits) { return std::exp2(static_cast<long double>(bits)); }

/// The steps that depend on the distance of code `i`: its out-of-domain answers, what is combined when it is
/// new, its folds, its queries.
std::vector<Step> steps_of_code(const WhirParameters& parameters, const WhirCounting& counting,
                                const Decoding& decoding, std::size_t i) {
  const WhirRound& round = parameters.rounds[i];
  const std::string name = std::to_string(i);
  const long double field = std::exp2(counting.log_field);
  const long double list = list_size(decoding, round.log_inverse_rate);
  std::vector<Step> steps;

  // Two codewords of the list with equal answers: list^2 / 2 pairs, polynomials of degree < 2^variables in
  // the sample. Unique decoding needs no sample, but a later code is bound to the folded one only from the
  // queries on.
  if (decoding.regime == Regime::johnson) {
    const long double collide = std::exp2(static_cast<long double>(round.variables)) / field;
    steps.push_back({"whir out of domain " + name,
                     list * list / 2 * std::pow(collide, static_cast<long double>(round.out_of_domain))});
  }
  // Powers of one challenge combine all claims about this code; each codeword of the list violates one of
  // them.
  const bool first = i == 0;
  const int combined =
      round.out_of_domain + (first ? parameters.claims : parameters.rounds[i - 1].queries + 1);
  const int ground = first || !counting.grind_combination ? 0 : parameters.rounds[i - 1].query_pow_bits;
  steps.push_back({"whir combination " + name, list * combined / field / power(ground)});

  for (int s = 1; s <= round.fold(); ++s) {
    const ReedSolomon folded = {round.variables - s, round.log_inverse_rate};
    const long double error =
        counting.sumcheck_degree * list / field + proximity_error(decoding, folded, counting.log_field);
    steps.push_back({"whir fold " + name + "." + std::to_string(s),
                     error / power(round.fold_pow_bits[static_cast<std::size_t>(s - 1)])});
  }
  const long double missed =
      std::pow(agreement(decoding, round.log_inverse_rate), static_cast<long double>(round.queries));
  steps.push_back({"whir queries " + name, missed / power(round.query_pow_bits)});
  return steps;
}

}  // namespace

std::vector<Step> whir_steps(const WhirParameters& parameters, const WhirCounting& counting, Regime regime,
                             const std::vector<int>& multiplicities) {
  CAIRN_ASSERT(!parameters.rounds.empty());
  CAIRN_ASSERT(regime == Regime::unique || multiplicities.size() == parameters.rounds.size());
  std::vector<Step> steps;
  for (std::size_t i = 0; i < parameters.rounds.size(); ++i) {
    const Decoding decoding = {regime, regime == Regime::unique ? 0 : multiplicities[i], counting.list_bound};
    for (Step& step : steps_of_code(parameters, counting, decoding, i)) steps.push_back(std::move(step));
  }
  // The rest of the sumcheck runs on a polynomial that was sent in full.
  int left = parameters.rounds.front().variables;
  for (const WhirRound& round : parameters.rounds) left -= round.fold();
  if (left > 0) {
    steps.push_back({"whir final sumcheck", counting.sumcheck_degree * left / std::exp2(counting.log_field)});
  }
  return steps;
}

std::vector<int> best_multiplicities(const WhirParameters& parameters, const WhirCounting& counting) {
  constexpr int m_min = 3, m_max = 200;
  std::vector<int> best;
  for (std::size_t i = 0; i < parameters.rounds.size(); ++i) {
    int chosen = m_min;
    long double least = 0;
    for (int m = m_min; m <= m_max; ++m) {
      const long double error =
          sum(steps_of_code(parameters, counting, {Regime::johnson, m, counting.list_bound}, i));
      if (m == m_min || error < least) {
        least = error;
        chosen = m;
      }
    }
    best.push_back(chosen);
  }
  return best;
}

}  // namespace cairn::engine::soundness
