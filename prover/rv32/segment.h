// A segment is a slice of a run that is proved by itself. It ends where one more instruction would take
// any table of its class beyond its rows, so that one verifying key serves every segment of a class.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/digest.h"
#include "prover/hash/poseidon2.h"
#include "prover/rv32/instruction.h"
#include "prover/rv32/memory.h"

namespace cairn::rv32 {

/// What a segment has used: rows of the tables that will prove it.
struct Counts {
  std::uint64_t cycles = 0;                     ///< Instructions that were completed.
  std::array<std::uint64_t, kFamilies> rows{};  ///< The same by family; they sum to `cycles`.
  std::uint64_t chunks = 0;                     ///< Chunks of memory and of code that were touched.

  friend bool operator==(const Counts&, const Counts&) = default;
};

struct SegmentLimits {
  std::uint64_t cycles = UINT64_MAX;
  std::array<std::uint64_t, kFamilies> rows;
  std::uint64_t chunks = UINT64_MAX;
  /// Committed cells of all tables (footprint.h); UINT64_MAX: not counted.
  std::uint64_t cells = UINT64_MAX;

  SegmentLimits() { rows.fill(UINT64_MAX); }
};

inline constexpr unsigned kLogClassMin = 12, kLogClassMax = 20, kLogClassDefault = 18;

/// Cells that a proof may have.
inline constexpr std::uint64_t kSegmentCellsMax = std::uint64_t{1} << 26;
/// Classes up to this one fit a proof whatever their segments do; in others cells are counted.
inline constexpr unsigned kLogClassFits = 18;

/// The class of up to 2^log_cycles instructions. Rarer families have fewer rows: shift and multiply 1/2,
/// multiply_high 1/4, divide 1/8, system 1/64; chunks 1/16, at most 2^12, and 1/64 from 2^18 on. Requires
/// kLogClassMin <= log_cycles <= kLogClassMax (asserted).
SegmentLimits segment_class(unsigned log_cycles);
/// The smallest class that holds `counts`, or 0 when none does.
unsigned class_of(const Counts& counts);

/// Registers between two instructions. x[0] is 0.
struct MachineState {
  std::uint32_t pc = 0;
  std::uint64_t cycle = 0;  ///< Instructions completed since the program began.
  std::array<std::uint32_t, 32> x{};
  std::uint32_t discarded =
      0;  ///< What was last written to x0: no instruction reads it, but the memory tree holds it.

  friend bool operator==(const MachineState&, const MachineState&) = default;
};

/// Whole chunks of code that follow each other, some of which a segment executes; zeros where no code is.
struct CodeRun {
  std::uint32_t address = 0;  ///< A multiple of kChunkBytes.
  std::vector<std::uint32_t> words;

  friend bool operator==(const CodeRun&, const CodeRun&) = default;
};

/// How a run, or a segment, ended.
enum class Ending : std::uint8_t {
  running,  ///< Cut: the next segment goes on.
  exited,   ///< The program ended itself; see exit_code.
  trapped,  ///< It did what the machine does not allow: there is nothing to prove.
  cycle_limit,
};

struct Segment {
  std::uint64_t index = 0;
  MachineState begin, end;
  Ending ending = Ending::running;
  std::uint32_t exit_code = 0;  ///< When exited.
  Counts counts;
  // Empty, and zero, unless the run keeps them:
  std::vector<Chunk> chunks;  ///< All that were touched, as they were at the beginning; sorted by address.
  std::vector<CodeRun>
      code;  ///< What was executed, and some around it; sorted, neither overlapping nor adjacent.
  // Empty, and zero, unless they come from a SegmentedRun:
  engine::Digest root_begin{}, root_end{};  ///< Of the memory tree.
  std::vector<engine::Digest>
      siblings;   ///< What opens the tree at registers, chunks and code: see opened_tree.h.
  Bytes journal;  ///< When exited.
};

}  // namespace cairn::rv32
