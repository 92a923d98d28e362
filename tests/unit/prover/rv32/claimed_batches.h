// Batches of claims that fit, and lists of pieces that claim them.
#pragma once

#include "tests/unit/prover/rv32/claimed_pieces.h"

namespace cairn::rv32::test {

inline engine::Digest digest(std::uint32_t seed) {
  engine::Digest out;
  for (std::uint32_t i = 0; i < 8; ++i) out[i] = engine::KoalaBear::from(seed * 1000 + i);
  return out;
}

/// A batch of claims that fit, and the list of their proofs.
struct Batch {
  BatchBeginning beginning;
  BatchEnd end;
  std::vector<SegmentClaim> claims;
};

inline engine::Digest begin_root(const BatchBeginning& b) {
  return root_of({b.image.low, b.image.ram, zero_digest(4), b.input, b.image.rom});
}
inline engine::Digest end_root(const Batch& b) {
  return root_of(
      {b.end.low, b.end.ram, journal_digest(b.end.journal), b.beginning.input, b.beginning.image.rom});
}

inline Batch batch(std::size_t segments, const Bytes& journal = {1, 2, 3}, std::uint32_t seed = 1) {
  Batch out;
  out.beginning = {{digest(1), digest(2), digest(3), 0x10000}, digest(4)};
  out.end = {digest(10 + seed), digest(20 + seed), journal};
  for (std::uint32_t i = 0; i < segments; ++i) {
    SegmentClaim claim;
    claim.pc_in = i == 0 ? 0x10000 : out.claims.back().pc_out;
    claim.pc_out = 0x10000 + 4 * (100 * seed + i);
    claim.cycles = 1000 + i;
    claim.root_in = i == 0 ? begin_root(out.beginning) : out.claims.back().root_out;
    claim.root_out = digest(100 * seed + i);
    out.claims.push_back(claim);
  }
  out.claims.back().exited = true;
  out.claims.back().root_out = end_root(out);
  return out;
}

/// Pieces and what they borrow.
struct List {
  std::vector<Bytes> proofs;
  std::vector<Piece> pieces;

  Bytes bytes() const { return encode(pieces); }
};

inline List list(const std::vector<Batch>& batches) {
  List out;
  for (const Batch& b : batches) {
    for (const SegmentClaim& claim : b.claims) out.proofs.push_back(ClaimedPieces::proof(claim));
  }
  std::size_t at = 0;
  for (const Batch& b : batches) {
    for (std::size_t i = 0; i < b.claims.size(); ++i) {
      Piece piece;
      if (i == 0) piece.beginning = b.beginning;
      piece.proof = out.proofs[at++];
      if (i + 1 == b.claims.size()) piece.end = b.end;
      out.pieces.push_back(piece);
    }
  }
  return out;
}

}  // namespace cairn::rv32::test
