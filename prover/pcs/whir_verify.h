// WHIR, the verifier's side: one committed multilinear polynomial, any number of linear claims.
// Specification: docs/proof-system/whir.md. Mirror: whir_prove.h.
#pragma once

#include <span>
#include <vector>

#include "prover/pcs/params.h"
#include "prover/pcs/statement.h"
#include "prover/transcript/reader.h"

namespace cairn::engine {

/// What a verifier keeps of a commitment.
template <class Hash>
struct WhirCommitment {
  const WhirParams* params = nullptr;
  std::size_t leaf_words = 0;  ///< Of the first tree.
  typename Hash::Digest root{};
  std::vector<Quintic> points;   ///< Out-of-domain points, phase[0].samples of them.
  std::vector<Quintic> answers;  ///< What P is said to be there.
};

/// (z, z^2, z^4, …), n coordinates: the multilinear point at which P is the univariate codeword at
/// z.
std::vector<Quintic> expand(const Quintic& z, unsigned n);

/// Absorbs the parameters, reads root and out-of-domain answers. What is committed to is zero behind the
/// first `cells` values, but for the rest of the words of a leaf. Errors stay in the reader. Requires cells
/// <= 2^params.variables.
template <class Hash, class Sponge>
WhirCommitment<Hash> read_commitment(Reader<Sponge>& reader, const WhirParams& params, std::uint64_t cells);

/// Reads and checks an opening of `statements`; false: reader.error() says why. Work, memory and
/// words read are fixed by the parameters, the statements and the positions that the transcript
/// draws. `permutations`, when given, is increased by the permutations that hashing Merkle leaves
/// and nodes took; those of the transcript are counted by the reader.
template <class Hash, class Sponge>
bool verify_opening(Reader<Sponge>& reader, const WhirCommitment<Hash>& commitment,
                    std::span<const Statement> statements, std::uint64_t* permutations = nullptr);

}  // namespace cairn::engine
