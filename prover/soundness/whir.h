// The errors of one opening by WHIR (Arnon, Chiesa, Fenzi, Yogev, ePrint 2024/1586, Theorem 5.2), from its
// integer parameters. docs/proof-system.md derives each term.
#pragma once

#include <vector>

#include "prover/soundness/error.h"
#include "prover/soundness/reed_solomon.h"

namespace cairn::engine::soundness {

/// One committed code of the protocol: round 0 is the commitment, each later one the code of a folded
/// polynomial.
struct WhirRound {
  int variables;  ///< of the polynomial that the code encodes
  int log_inverse_rate;
  int out_of_domain;  ///< samples answered right after the code is committed
  std::vector<int>
      fold_pow_bits;   ///< one per variable bound before the next code, or the final polynomial, is sent
  int queries;         ///< positions opened, counted with repetition
  int query_pow_bits;  ///< ground before the positions are drawn

  int fold() const { return static_cast<int>(fold_pow_bits.size()); }
};

/// How the terms are counted. The defaults are ours; the tests set what published analyses do.
struct WhirCounting {
  long double log_field = 0;  ///< log2 of the number of elements challenges are drawn from
  int sumcheck_degree = 3;    ///< factor of the list size in a folding round
  ListBound list_bound = ListBound::johnson;
  bool grind_combination =
      false;  ///< credit the proof of work of the queries to the combination drawn with them
};

/// Everything that an opening of one polynomial costs.
struct WhirParameters {
  std::vector<WhirRound> rounds;  ///< at least one
  int claims = 1;                 ///< values that the opening proves, beside out-of-domain answers
};

/// The steps of the opening in protocol order. `multiplicities` has one m per round in the Johnson regime.
std::vector<Step> whir_steps(const WhirParameters& parameters, const WhirCounting& counting, Regime regime,
                             const std::vector<int>& multiplicities);

/// For each round the m in [3, 200] with the smallest sum of errors; the errors of different codes do not
/// depend on each other's m.
std::vector<int> best_multiplicities(const WhirParameters& parameters, const WhirCounting& counting);

}  // namespace cairn::engine::soundness
