// Why a proof is refused. One list for the whole verifier, from bytes to buses.
#pragma once

#include <string_view>

namespace cairn::engine {

enum class VerifyError {
  none,                ///< Nothing is wrong.
  truncated,           ///< The proof ends inside a message.
  trailing_bytes,      ///< Bytes are left after the last message.
  non_canonical_word,  ///< A word is p or more.
  proof_of_work,       ///< A nonce does not meet its difficulty.
  merkle_root,         ///< Opened leaves and siblings do not hash to the committed root.
  unsupported_size,    ///< No WHIR parameters for this number of variables and rate.
  bad_statement,       ///< A statement does not fit the committed polynomial.
  final_polynomial,    ///< The last polynomial disagrees with a queried position.
  evaluation,          ///< The claimed evaluations do not add up at the end of the opening.
};

/// Stable lower-case name, as in the list above.
constexpr std::string_view verify_error_name(VerifyError error) {
  switch (error) {
    case VerifyError::none:
      return "none";
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
