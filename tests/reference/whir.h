// The verifier of docs/proof-system/whir.md, the slow and obvious way.
#pragma once

#include "tests/reference/transcript.h"

namespace cairn::reference {

/// The numbers of one phase, in the order of the table.
struct Phase {
  unsigned m, samples, fold_pow, queries, query_pow;
};
struct Parameters {
  unsigned r = 0, n = 0;
  std::vector<Phase> phases;
};

/// The row of the table in docs/proof-system/whir.md for r and n. Refuses (unsupported_size) when there is
/// none.
Parameters parameters_of(unsigned r, unsigned n);

/// coefficient P(bits(selector), point).
struct Part {
  Quintic coefficient;
  std::uint64_t selector;
  Point point;
};
/// The sum of the parts is the value.
struct Claim {
  std::vector<Part> parts;
  Quintic value;
};

/// The digest of a leaf. Words are a multiple of 8, at least 16; `length` is what is added.
Words leaf_digest(const Words& leaf, std::size_t length);

struct Commitment {
  std::size_t leaf_words;  ///< of the first tree
  Words root;
  std::vector<Quintic> samples;  ///< points
  std::vector<Quintic> answers;
};

/// Of a polynomial whose values behind the first `cells` are zero.
Commitment read_commitment(const Parameters& parameters, std::uint64_t cells, Transcript& transcript,
                           ProofWords& proof);
void verify_opening(const Parameters& parameters, const Commitment& commitment,
                    const std::vector<Claim>& claims, Transcript& transcript, ProofWords& proof);

}  // namespace cairn::reference
