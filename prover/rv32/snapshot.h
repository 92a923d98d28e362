// All that is needed to run one segment again, on a machine that has nothing else: what a worker gets. The
// layout is docs/rv32.md#snapshots.
#pragma once

#include "prover/rv32/executor.h"
#include "prover/rv32/opened_tree.h"

namespace cairn::rv32 {

struct Snapshot {
  Digest32 image{};  ///< image_id() of the program, by to_bytes() of image_tree.h.
  Segment segment;  ///< From a SegmentedRun, of some class, and neither trapped nor ended by the cycle limit.
};

inline constexpr std::uint32_t kSnapshotVersion = 2;
/// What the largest class can touch: instructions, code in words, chunks of data. More is refused before
/// it is allocated or run.
inline constexpr std::uint64_t kSnapshotCyclesMax = std::uint64_t{1} << kLogClassMax;
inline constexpr std::uint32_t kSnapshotWordsMax = 1u << 21, kSnapshotChunksMax = 1u << 20;

/// Requires a segment as above (asserted). Equal segments give equal bytes.
Bytes encode(const Snapshot& snapshot);
/// Total on any bytes; accepts only what encode() writes. Errors: corrupt (the checksum), invalid_input.
Result<Snapshot> decode_snapshot(ByteView bytes);

/// Runs the segment again and compares: state, ending, exit code, rows of each family, both memory roots,
/// and the journal with the last of them. The tree as the segment opens it. Errors: corrupt, exhausted
/// (address space).
Result<OpenedTree> replay(const Snapshot& snapshot);
Status check_by_replay(const Snapshot& snapshot);

}  // namespace cairn::rv32
