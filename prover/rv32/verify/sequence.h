// What the batches of a sequence show together: runs of one program that exit with 0, whose journals hang
// together as the sequence's claim says. It looks at what batches claim, not into their proofs:
// docs/rv32/batch-proofs.md.
#pragma once

#include <span>

#include "prover/rv32/verify/batch_proof.h"

namespace cairn::rv32 {

/// How the batches of a sequence follow each other.
struct Chaining {
  /// Of a program that keeps a state: its journal begins with the state before the batch and the state after
  /// it, this many bytes each, and each batch begins with the state that the one before ended with. 0:
  /// batches are independent.
  std::uint32_t state_bytes = 0;

  friend bool operator==(const Chaining&, const Chaining&) = default;
};
inline constexpr std::uint32_t kStateBytesMax = 4096;

/// What a sequence is asked to show.
struct SequenceStatement {
  Digest32 image_id{};
  Chaining chaining;
  Digest32 claim{};
};

/// SHA-256 of "cairn rv32 claim 2", the image id (32 bytes), state_bytes, the number of batches (4 bytes
/// each, little endian), and the SHA-256 of each journal: whoever opens a sequence with it asks for this
/// chaining.
Digest32 sequence_claim(const Digest32& image_id, const Chaining& chaining,
                        std::span<const Digest32> journals);

// Each takes a verdict without a fault (asserted) and gives it back, or with a fault at the last piece of a
// batch.

/// other_image, other_exit.
ProofVerdict check_runs(ProofVerdict verdict, const Digest32& image_id, std::uint32_t exit_code);
/// no_state, state. Of a part of a sequence as well: its batches are neighbours.
ProofVerdict check_chaining(ProofVerdict verdict, const Chaining& chaining);
/// All of these with exit code 0, and other_claim.
ProofVerdict check_sequence(ProofVerdict verdict, const SequenceStatement& statement);

}  // namespace cairn::rv32
