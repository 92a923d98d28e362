// The integers of WHIR: how many queries, out-of-domain samples and bits of work each phase has.
// Frozen; a test recomputes them from the formulas of docs/proof-system/whir.md. No floating point
// here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// Variables folded in the first phase and in each later one: leaves have 2^6 base or 2^4 extension
/// elements.
inline constexpr unsigned whir_first_fold = 6;
inline constexpr unsigned whir_fold = 4;
/// log2 by which the evaluation domain shrinks after the first phase, and after each later one.
inline constexpr unsigned whir_first_reduction = 3;
inline constexpr unsigned whir_reduction = 1;
/// The last polynomial, sent in the clear, has at most this many variables.
inline constexpr unsigned whir_final_variables_max = 8;

inline constexpr unsigned whir_variables_min = 8;
inline constexpr unsigned whir_variables_max = 26;
inline constexpr unsigned whir_log_inverse_rate_min = 1;
inline constexpr unsigned whir_log_inverse_rate_max = 4;
inline constexpr std::size_t whir_phases_max = 4;

/// One committed polynomial and what is done with it until it is queried.
struct WhirPhase {
  std::uint8_t multiplicity;  ///< m of the Johnson bound: agreement sqrt(rate) (1 + 1/(2m)), list
                              ///< of at most m/rate.
  std::uint8_t samples;       ///< Out-of-domain samples after the root.
  std::uint8_t fold_pow;      ///< Bits of work of the first sumcheck round; one less in each next
                              ///< round, not below 0.
  std::uint8_t queries;       ///< Positions opened, drawn with repetition.
  std::uint8_t query_pow;     ///< Bits of work before the positions are drawn.

  /// Bits of work of sumcheck round `round` of this phase.
  constexpr unsigned fold_pow_of(unsigned round) const { return fold_pow > round ? fold_pow - round : 0; }
};

struct WhirParams {
  std::uint8_t log_inverse_rate;
  std::uint8_t variables;  ///< log2 of the committed values.
  std::uint8_t phase_count;
  std::array<WhirPhase, whir_phases_max> phase;

  std::span<const WhirPhase> phases() const { return {phase.data(), phase_count}; }

  /// Variables that phase i binds.
  constexpr unsigned fold_of(std::size_t i) const { return i == 0 ? whir_first_fold : whir_fold; }
  /// Variables of the polynomial committed in phase i.
  constexpr unsigned variables_of(std::size_t i) const {
    return variables - static_cast<unsigned>(i == 0 ? 0 : whir_first_fold + whir_fold * (i - 1));
  }
  /// log2 of the number of leaves of the tree of phase i, which is the domain of its interleaved
  /// code.
  constexpr unsigned log_leaves_of(std::size_t i) const {
    const unsigned first = static_cast<unsigned>(variables) + log_inverse_rate;
    return i == 0 ? first - whir_first_fold
                  : first - whir_first_reduction - whir_fold - whir_reduction * static_cast<unsigned>(i - 1);
  }
  /// log2 of 1/rate of the code of phase i.
  constexpr unsigned log_inverse_rate_of(std::size_t i) const {
    return log_leaves_of(i) + fold_of(i) - variables_of(i);
  }
  /// Variables of the polynomial sent in the clear.
  constexpr unsigned final_variables() const {
    return variables_of(phase_count - 1u) - fold_of(phase_count - 1u);
  }
};

/// The parameters for 2^variables values at rate 2^-log_inverse_rate; nullptr when there are none.
/// Lives for ever.
const WhirParams* whir_params(unsigned variables, unsigned log_inverse_rate);

/// Every supported row, by rate, then by number of variables.
std::span<const WhirParams> whir_param_table();

/// Blocks of the committed values up to the last that holds one of the first `cells`. Requires cells <=
/// 2^variables.
constexpr std::size_t whir_blocks(const WhirParams& params, std::uint64_t cells) {
  const unsigned log_block = params.variables - whir_first_fold;
  return static_cast<std::size_t>((cells + (std::uint64_t{1} << log_block) - 1) >> log_block);
}

/// Words of a leaf of the first tree when the values behind the first `cells` are zero: one per block that
/// holds a cell, filled up to whole blocks of the hash.
constexpr std::size_t whir_leaf_words(const WhirParams& params, std::uint64_t cells) {
  const std::size_t words = (whir_blocks(params, cells) + 7) / 8 * 8;
  return words < 16 ? 16 : words;
}

/// What a transcript absorbs so that it fits these parameters only: variables, log_inverse_rate,
/// the folds, reductions and final bound above, words of a leaf, then the five numbers of each phase.
std::vector<KoalaBear> whir_param_words(const WhirParams& params, std::size_t leaf_words);

}  // namespace cairn::engine
