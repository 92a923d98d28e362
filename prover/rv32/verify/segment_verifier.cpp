#include "prover/rv32/verify/segment_verifier.h"

#include "prover/rv32/chips/machine.h"

namespace cairn::rv32 {

static_assert(kPublicValues == Rv32Spec::public_values && kSegmentCyclesMax == kCyclesMax);

const engine::MachineShape& machine_shape() { return Rv32::shape(); }

engine::VerifyReport verify_segment(ByteView proof, const SegmentClaim& claim) {
  return engine::verify(machine_shape(), proof, to_public_values(claim));
}

engine::VerifyError SegmentVerifier::read(ByteView proof, std::optional<SegmentClaim>& claim) const {
  engine::ProofHeader header;
  const engine::VerifyError error = engine::read_header(machine_shape(), proof, header);
  if (error == engine::VerifyError::none) claim = claim_of(header.public_values);
  return error;
}

engine::VerifyError SegmentVerifier::verify(ByteView proof) const {
  std::optional<SegmentClaim> claim;
  const engine::VerifyError error = read(proof, claim);
  if (error != engine::VerifyError::none) return error;
  return claim ? verify_segment(proof, *claim).error : engine::VerifyError::public_values;
}

}  // namespace cairn::rv32
