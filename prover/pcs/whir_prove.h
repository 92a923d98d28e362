// WHIR, the prover's side. Specification: docs/proof-system/whir.md. Mirror: whir_verify.h.
#pragma once

#include <span>
#include <vector>

#include "prover/hash/merkle_tree.h"
#include "prover/pcs/early_sumcheck.h"
#include "prover/pcs/params.h"
#include "prover/pcs/statement.h"
#include "prover/poly/base_matrix.h"
#include "prover/poly/ext_vector.h"
#include "prover/transcript/writer.h"

namespace cairn::engine {

/// What a prover keeps of a commitment: besides the values, the codeword, 2^log_inverse_rate times
/// as much.
template <class Hash>
struct WhirWitness {
  const WhirParams* params = nullptr;
  BaseVector values;
  std::size_t blocks = 0;      ///< That were encoded.
  std::size_t leaf_words = 0;  ///< Of the first tree.
  BaseMatrix codeword;         ///< Its rows begin with the leaves.
  MerkleTree<Hash> tree;
  std::vector<SampledBlocks> samples;  ///< Out-of-domain.
};

/// Where the time went, in seconds; commit() and open() add to it.
struct WhirTimes {
  double encode = 0;    ///< Codewords.
  double hash = 0;      ///< Merkle trees.
  double samples = 0;   ///< Out-of-domain answers.
  double sumcheck = 0;  ///< Rounds, weights and folding.
  double grind = 0;     ///< Proofs of work.
  double query = 0;     ///< Openings.
};

/// Commits to the multilinear polynomial with these 2^params.variables values, of which those behind the
/// first `cells` must be zero: blocks of 2^(variables - 6) values behind them are neither encoded nor hashed.
template <class Hash, class Sponge>
WhirWitness<Hash> commit(Writer<Sponge>& writer, BaseVector values, std::uint64_t cells,
                         const WhirParams& params, WhirTimes* times = nullptr);

/// Proves the statements, which must be true (an opening of false ones is made and does not verify)
/// and fit. Threads and instruction set do not change a byte. Takes about 5 bytes of memory per
/// value beside the witness.
template <class Hash, class Sponge>
void open(Writer<Sponge>& writer, WhirWitness<Hash> witness, std::span<const Statement> statements,
          WhirTimes* times = nullptr);

}  // namespace cairn::engine
