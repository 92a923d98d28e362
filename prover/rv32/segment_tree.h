// Which leaves of the memory tree a segment opens: those of registers, of the chunks that it touches, and of
// its code.
#pragma once

#include <array>

#include "prover/rv32/executor.h"
#include "prover/rv32/opened_tree.h"

namespace cairn::rv32 {

using ChunkWords = std::array<std::uint32_t, 8>;

/// Chunks 0 to 4 of memory: x0 … x31, what was last written to x0, and zeros.
inline constexpr std::uint32_t kRegisterChunks = 5;
std::array<ChunkWords, kRegisterChunks> register_chunks(const MachineState& state);

/// Their indices, sorted: registers, data, code from kRomLeaf on. Requires a kept segment.
std::vector<std::uint32_t> opened_leaves(const Segment& segment);

/// Opens the tree of a segment from its siblings alone; `end` has memory as the segment leaves it, and its
/// last state. Errors: invalid_input.
Result<OpenedTree> open_segment(const Segment& segment, const Executor& end);

}  // namespace cairn::rv32
