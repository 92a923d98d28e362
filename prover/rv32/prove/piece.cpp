#include "prover/rv32/prove/piece.h"

namespace cairn::rv32 {

SegmentClaim claim_of(const Segment& segment) {
  SegmentClaim claim;
  claim.pc_in = segment.begin.pc;
  claim.pc_out = segment.end.pc;
  claim.cycles = static_cast<std::uint32_t>(segment.end.cycle - segment.begin.cycle);
  claim.exited = segment.ending == Ending::exited;
  claim.exit_code = segment.exit_code;
  claim.root_in = segment.root_begin;
  claim.root_out = segment.root_end;
  return claim;
}

Result<Bytes> prove_piece(const Snapshot& snapshot, const ProveSegment& prove) {
  const Segment& segment = snapshot.segment;
  CAIRN_ASSIGN(const OpenedTree tree, replay(snapshot));
  Piece piece;
  if (segment.index == 0) {
    const TreeTops& tops = tree.before;
    piece.beginning = BatchBeginning{{tops.low, tops.ram, tops.rom, segment.begin.pc}, tops.input};
    if (to_bytes(image_id(piece.beginning->image)) != snapshot.image) {
      return Error{Code::corrupt, "segment 0 is not of the program that its snapshot names"};
    }
  }
  if (segment.ending == Ending::exited) piece.end = BatchEnd{tree.after.low, tree.after.ram, segment.journal};
  CAIRN_ASSIGN(const Bytes proof, prove(segment));
  if (proof.empty() || proof.size() > kPieceBytesMax) {
    return Error{Code::exhausted, "a proof of " + std::to_string(proof.size()) + " bytes"};
  }
  piece.proof = proof;
  return encode({&piece, 1});
}

}  // namespace cairn::rv32
