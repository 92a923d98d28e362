// What is proved about Reed-Solomon codes, as numbers: how far a word may be from the code, how many
// codewords are that near, and how often a random combination of far words comes near. Nothing here rests on
// a conjecture.
//
// Sources: Guruswami and Sudan 1999 and the Johnson bound for lists; Ben-Sasson, Carmon, Haböck, Kopparty,
// Saraf, "On Proximity Gaps for Reed-Solomon Codes", ePrint 2025/2055, Corollary 1.4 (unique decoding) and
// Theorem 4.2 (Johnson).
#pragma once

namespace cairn::engine::soundness {

/// Which theorem bounds the distance.
enum class Regime {
  unique,   ///< up to half the minimum distance: one codeword
  johnson,  ///< up to a little below 1 - sqrt(rate): a short list of codewords
};

/// Which proved bound on the length of the list is used in the Johnson regime.
enum class ListBound {
  johnson,          ///< 1 / (2 eta sqrt(rate)) with eta = sqrt(rate) / 2m: m / rate
  guruswami_sudan,  ///< (m + 1/2) / sqrt(rate): the degree of the interpolated polynomial
};

/// A Reed-Solomon code: polynomials of degree < 2^log_dimension on 2^(log_dimension + log_inverse_rate)
/// points.
struct ReedSolomon {
  int log_dimension;
  int log_inverse_rate;
};

/// Distance and list of one code. `multiplicity` is the m of the theorems, at least 3 in what we quote (the
/// theorem is stated for it; published analyses go down to 1); larger is nearer to the Johnson bound, with a
/// longer list. It belongs to the analysis, not to the protocol. Ignored in the unique regime.
struct Decoding {
  Regime regime;
  int multiplicity = 0;
  ListBound list_bound = ListBound::johnson;
};

/// 1 - delta: the share of positions on which a word that is accepted at this distance may agree with the
/// code.
long double agreement(const Decoding& decoding, int log_inverse_rate);

/// How many codewords are within the distance.
long double list_size(const Decoding& decoding, int log_inverse_rate);

/// The chance that f0 + x f1 comes near the code for a random x of a field of 2^log_field elements, although
/// f0 and f1 do not agree with codewords on one large enough set.
long double proximity_error(const Decoding& decoding, const ReedSolomon& code, long double log_field);

}  // namespace cairn::engine::soundness
