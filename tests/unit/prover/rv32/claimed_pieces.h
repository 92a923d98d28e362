// Pieces whose proofs say what they claim and nothing more, for tests and fuzzing of what is around proofs.
#pragma once

#include <optional>

#include "prover/rv32/little_endian.h"
#include "prover/rv32/verify/batch_proof.h"

namespace cairn::rv32::test {

/// A proof is the public values, 4 bytes each, and 4 bytes of their checksum.
class ClaimedPieces final : public PieceVerifier {
 public:
  static Bytes proof(const SegmentClaim& claim) {
    Bytes out;
    for (const engine::KoalaBear x : to_public_values(claim)) put_u32(out, x.canonical());
    put_u32(out, checksum(out));
    return out;
  }
  engine::VerifyError read(ByteView proof, std::optional<SegmentClaim>& claim) const override {
    if (proof.size() < 4 * kPublicValues) return engine::VerifyError::truncated;
    std::vector<engine::KoalaBear> values;
    for (std::size_t i = 0; i < kPublicValues; ++i) {
      const std::uint32_t word = get_u32(proof, 4 * i);
      if (!engine::KoalaBear::is_canonical(word)) return engine::VerifyError::non_canonical_word;
      values.push_back(engine::KoalaBear::from(word));
    }
    claim = claim_of(values);
    return engine::VerifyError::none;
  }
  engine::VerifyError verify(ByteView proof) const override {
    if (proof.size() != 4 * kPublicValues + 4) return engine::VerifyError::trailing_bytes;
    const ByteView values = proof.first(4 * kPublicValues);
    return get_u32(proof, values.size()) == checksum(values) ? engine::VerifyError::none
                                                             : engine::VerifyError::zerocheck;
  }

 private:
  static std::uint32_t checksum(ByteView bytes) { return get_u32(sha256(bytes), 0); }
};

}  // namespace cairn::rv32::test
