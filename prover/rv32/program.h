// The code of a program, decoded once. Data that lies between instructions decodes to Op::illegal and
// traps only when it is executed.
#pragma once

#include <cstdint>
#include <vector>

#include "prover/rv32/image.h"
#include "prover/rv32/segment.h"

namespace cairn::rv32 {

/// An instruction as the executor's loop wants it: operands are indices into its registers, where writes
/// to x0 go to a place that nothing reads.
struct LoopStep {
  std::uint8_t code;  ///< Op, or one of the two below.
  std::uint8_t rd, rs1, rs2;
  std::uint32_t imm;
};
inline constexpr std::uint8_t kCodeEnd =
    static_cast<std::uint8_t>(kOps) + 1;  ///< Behind the last instruction of a region.
inline constexpr std::uint8_t kCodeStop =
    static_cast<std::uint8_t>(kOps) + 2;      ///< Put in place of an instruction to stop before it.
inline constexpr std::uint8_t kDiscard = 32;  ///< The register that stands for x0 when it is written.

/// What is known of the block that begins at an instruction: it and all that follow, up to the first that
/// ends a block, or the end of the region.
struct Block {
  std::uint32_t length = 0;  ///< Instructions, the one that ends it included.
  std::uint32_t mark = 0;    ///< Segment whose code chunks of this block are all counted.
  std::uint64_t runs = 0;    ///< Whole executions that are not yet counted.
};

/// Executable memory without gaps.
struct CodeRegion {
  std::uint32_t address = 0;  ///< A multiple of 4.
  std::uint32_t words = 0;
  std::vector<LoopStep> steps;  ///< One for each word, and kCodeEnd.
  std::vector<Block> blocks;    ///< One for each word.
  std::vector<std::uint32_t> chunk_marks;
  std::vector<std::uint32_t> source;  ///< The words.
};

/// In the order of their addresses. Bytes beyond the last whole word of a segment are not executable.
std::vector<CodeRegion> code_of(const Image& image);
std::vector<CodeRegion> code_of(const std::vector<CodeRun>& runs);

}  // namespace cairn::rv32
