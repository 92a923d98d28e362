// A list of proofs has one encoding, and any bytes get a verdict.
#include "prover/rv32/verify/segment_verifier.h"
#include "tests/unit/prover/rv32/claimed_pieces.h"

using namespace cairn;
using namespace cairn::rv32;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  std::vector<Piece> pieces;
  const ProofFault fault = decode(bytes, pieces);
  if (fault == ProofFault::none) {
    CAIRN_ASSERT(encode(pieces) == copy(bytes));
    (void)check_chain(pieces, test::ClaimedPieces());
  }
  const ProofVerdict verdict = verify_batches(bytes, test::ClaimedPieces());
  CAIRN_ASSERT(verdict.ok() == !verdict.batches.empty());
  CAIRN_ASSERT(fault == ProofFault::none || verdict.fault == fault);
  CAIRN_ASSERT(!verify_batches(bytes, SegmentVerifier()).ok());  // nobody finds one by chance
  return 0;
}
