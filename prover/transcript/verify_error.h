// Why a proof is refused. One list for the whole verifier, from bytes to buses.
#pragma once

#include <string_view>

namespace cairn::engine {

enum class VerifyError {
  none,                   ///< Nothing is wrong.
  bad_header,             ///< The first words are not those of a proof of this format.
  other_machine,          ///< The proof is about another machine.
  bad_rate,               ///< The stated rate is none that is supported.
  bad_height,             ///< A table's height is out of its chip's range, or a table absent that may not be.
  bad_rows,               ///< Not so many rows of a table can be committed.
  too_large,              ///< More cells or fractions than are supported.
  multiplicity_overflow,  ///< The interactions of one bus could wrap around p.
  public_values,          ///< The public values are not those expected.
  truncated,              ///< The proof ends inside a message.
  trailing_bytes,         ///< Bytes are left after the last message.
  non_canonical_word,     ///< A word is p or more.
  proof_of_work,          ///< A nonce does not meet its difficulty.
  merkle_root,            ///< Opened leaves and siblings do not hash to the committed root.
  zero_denominator,       ///< A fraction of the buses' sum has denominator zero.
  bus_unbalanced,         ///< The fractions of the buses do not sum to zero.
  gkr_layer,              ///< A layer of the sum does not follow from the next one.
  zerocheck,              ///< The columns at the last point do not satisfy the combined constraints.
  unsupported_size,       ///< No WHIR parameters for this number of variables and rate.
  bad_statement,          ///< A statement does not fit the committed polynomial.
  final_polynomial,       ///< The last polynomial disagrees with a queried position.
  evaluation,             ///< The claimed evaluations do not add up at the end of the opening.
};

/// Stable lower-case name, as in the list above.
constexpr std::string_view verify_error_name(VerifyError error) {
  switch (error) {
    case VerifyError::none:
      return "none";
    case VerifyError::bad_header:
      return "bad_header";
    case VerifyError::other_machine:
      return "other_machine";
    case VerifyError::bad_rate:
      return "bad_rate";
    case VerifyError::bad_height:
      return "bad_height";
    case VerifyError::bad_rows:
      return "bad_rows";
    case VerifyError::too_large:
      return "too_large";
    case VerifyError::multiplicity_overflow:
      return "multiplicity_overflow";
    case VerifyError::public_values:
      return "public_values";
    case VerifyError::truncated:
      return "truncated";
    case VerifyError::trailing_bytes:
      return "trailing_bytes";
    case VerifyError::non_canonical_word:
      return "non_canonical_word";
    case VerifyError::proof_of_work:
      return "proof_of_work";
    case VerifyError::merkle_root:
      return "merkle_root";
    case VerifyError::zero_denominator:
      return "zero_denominator";
    case VerifyError::bus_unbalanced:
      return "bus_unbalanced";
    case VerifyError::gkr_layer:
      return "gkr_layer";
    case VerifyError::zerocheck:
      return "zerocheck";
    case VerifyError::unsupported_size:
      return "unsupported_size";
    case VerifyError::bad_statement:
      return "bad_statement";
    case VerifyError::final_polynomial:
      return "final_polynomial";
    case VerifyError::evaluation:
      return "evaluation";
  }
  return "unknown";
}

}  // namespace cairn::engine
