// Proves one segment. Mirror: verify/segment_verifier.h.
#pragma once

#include "common/bytes.h"
#include "prover/prove/prover.h"
#include "prover/rv32/segment.h"
#include "prover/rv32/verify/claim.h"

namespace cairn::rv32 {

/// Where the time went, in seconds.
struct SegmentTimes {
  double record = 0;  ///< running it once more
  double tree = 0;    ///< hashes of the memory tree
  double fill = 0;    ///< writing the tables
  engine::PhaseTimes phases;
};

/// What was proved: rows and cells of a table.
struct TableUse {
  std::string_view name;
  std::uint64_t rows = 0;            ///< without padding
  unsigned log_height = 0;           ///< 0: absent
  std::uint32_t committed_rows = 0;  ///< with the padding that is committed
  std::uint32_t width = 0, interactions = 0;
};

struct SegmentProof {
  Bytes proof;
  SegmentClaim claim;
};

struct ProveSegmentOptions {
  unsigned log_inverse_rate = 1;            ///< 1 to 4: smaller proofs for more work
  SegmentTimes* times = nullptr;            ///< filled when given
  std::vector<TableUse>* tables = nullptr;  ///< filled when given, in the machine's order
};

/// The proof that `segment`, which was kept, is as it says. The same bytes on every machine, for any number
/// of threads and any instruction set. Errors: corrupt, when the segment does not run as it says, or its
/// digests are not those of its memory; invalid_input, when it is too large.
Result<SegmentProof> prove_segment(const Segment& segment, const ProveSegmentOptions& options = {});

}  // namespace cairn::rv32
