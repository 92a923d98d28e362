// Provable bits of a whole proof: every step of the protocol from LogUp to the last WHIR query, for the
// parameters and the table shapes of that proof. docs/proof-system.md derives each term and says what they
// rest on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "prover/soundness/whir.h"

namespace cairn::engine::soundness {

/// log2 of the quintic extension of KoalaBear, 5 log2(2^31 - 2^24 + 1), rounded down.
inline constexpr long double log_quintic = 154.943L;
/// Bits of collision resistance of a digest, and of the capacity of the sponge: 8 elements, half their bits.
inline constexpr long double hash_bits = 123.954L;
inline constexpr long double modulus = 2130706433.0L;
/// The least that `cairn soundness` and the tests accept.
inline constexpr double target_bits = 120;

/// One table of a proof, committed or structured.
struct Table {
  std::string name;
  int log_height = 0;
  int columns = 0;                   ///< committed
  int interactions = 0;              ///< terms per row that it puts on buses
  std::uint64_t committed_rows = 0;  ///< 0: all 2^log_height
};

/// What a proof is about, as far as it matters for soundness.
struct Statement {
  std::vector<Table> tables;
  int constraint_degree = 3;
  int constraints =
      0;  ///< all that one batching challenge joins: those of all tables, numerators, denominators
  int tuple_width = 0;  ///< the widest bus message, its tag included
};

struct Analysis {
  Regime regime;
  std::vector<int> multiplicities;  ///< one per code in the Johnson regime
  std::vector<Step> steps;
  double total_bits;    ///< of the sum of all errors: what we quote
  double weakest_bits;  ///< of the largest error: what round-by-round analyses quote
  std::string weakest;
};

/// log2 of the cells that the statement commits to, rounded up: variables of the stacked polynomial.
int log_cells(const Statement& statement);

/// LogUp: the cleared denominators of `rows` fractions, each of `degree` in the challenges.
long double logup_error(long double rows, long double degree, long double log_field);
/// GKR over 2^layers fractions. Layer k: one challenge joins numerator and denominator, k rounds of degree 3,
/// one challenge joins the two halves; Σ (3k + 2).
long double gkr_error(long double layers, long double log_field);

/// The steps of LogUp, GKR, zerocheck and batching.
std::vector<Step> relation_steps(const Statement& statement);

/// Adds it all up in one regime. Errors: invalid_input when the statement breaks a precondition of the
/// analysis: Σ height × interactions reaches the modulus, a table is higher than the polynomial has
/// variables, or the WHIR parameters do not describe a polynomial with room for all columns.
Result<Analysis> analyse(const Statement& statement, const WhirParameters& whir, Regime regime);

/// The better of both regimes. Errors as above, and invalid_input when it has fewer bits than `target`.
Result<Analysis> provable(const Statement& statement, const WhirParameters& whir,
                          double target = target_bits);

}  // namespace cairn::engine::soundness
