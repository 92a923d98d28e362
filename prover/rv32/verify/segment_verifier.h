// Verifies the proof of one segment. Mirror: prove/segment_prover.h.
#pragma once

#include "common/bytes.h"
#include "prover/rv32/verify/batch_proof.h"
#include "prover/verify/verifier.h"

namespace cairn::rv32 {

/// The shape of Rv32, made at the first call. Thread-safe. To ask for Rv32::shape() itself compiles all
/// chips.
const engine::MachineShape& machine_shape();

/// Whether `proof` shows `claim`. Total on any bytes; thread-safe.
engine::VerifyReport verify_segment(ByteView proof, const SegmentClaim& claim);

/// Proofs of segments as the pieces of a batch.
class SegmentVerifier : public PieceVerifier {
 public:
  engine::VerifyError read(ByteView proof, std::optional<SegmentClaim>& claim) const override;
  engine::VerifyError verify(ByteView proof) const override;
};

}  // namespace cairn::rv32
