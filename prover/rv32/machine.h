// The inside of the executor: registers, memory, code, and the loop over decoded instructions.
#pragma once

#include <utility>

#include "prover/rv32/executor.h"
#include "prover/rv32/program.h"

namespace cairn::rv32 {

struct Executor::Machine {
  explicit Machine(Memory m) : memory(std::move(m)) {}

  Memory memory;
  std::vector<CodeRegion> code;
  RunLimits limits;
  bool is_replay = false;

  MachineState state;
  std::uint64_t segments = 0;
  Ending ending = Ending::running;
  std::uint32_t exit_code = 0;
  TrapReport trap;
  std::uint64_t unaligned_accesses = 0;

  // Of the segment that runs.
  std::array<std::uint32_t, 33> x{};  // x[kDiscard] takes what is written to x0
  std::uint32_t segment_mark = 0;
  SegmentLimits segment_limits;
  Counts counts;
  using Place = std::pair<CodeRegion*, std::uint32_t>;
  std::vector<Place> marked_blocks;  // whose mark is segment_mark
  std::vector<Place> code_chunks;    // whose mark is segment_mark

  Segment run_segment(const SegmentLimits& segment_limits, bool keep);

  /// Why the loop came back. In each case state.pc is the next instruction to complete.
  enum class Stop : std::uint8_t {
    unmarked,  ///< The block at pc is new in this segment.
    fuel,      ///< The block at pc is longer than the fuel, or a kCodeStop was reached.
    full,      ///< The segment may not touch one more chunk.
    ended,
  };
  /// Completes blocks, counting each in Block::runs, until something stops it. What is completed of a
  /// block that stops in the middle is counted in `counts`.
  Stop loop(std::uint64_t& fuel);

  /// Runs until the segment is full or the program ends.
  void run();
  /// As much of the block at pc as every limit allows; false when that is nothing. The code chunks of its
  /// first `covered` instructions are counted already, unless that is 0.
  bool run_part(std::uint32_t covered);
  /// Instructions that can certainly be completed before any limit of rows, cycles or cells is reached,
  /// chunks left aside.
  std::uint64_t safe_fuel() const;
  bool counts_cells() const { return segment_limits.cells != UINT64_MAX; }
  /// More than any `more` instructions lead to.
  Counts counts_after(std::uint64_t more) const;
  /// From here on chunks may take the cells that are left when instructions have led to `after`.
  void leave_cells(const Counts& after);

  CodeRegion* region_at(std::uint32_t pc);
  /// Counts the code chunks of a block that are new; how many of its instructions are in counted chunks.
  std::uint32_t mark_code(CodeRegion& region, std::uint32_t index);
  void count(const CodeRegion& region, std::uint32_t index, std::uint32_t length, std::uint64_t times);
  void count_blocks();

  Stop end_with(Trap what, std::uint32_t pc, std::uint32_t value);
  Stop refuse(Access access, bool write, std::uint32_t pc, std::uint32_t address);
  Stop ecall(std::uint32_t pc);
  bool journal_is_well_formed() const;
  std::vector<CodeRun> touched_code();
};

}  // namespace cairn::rv32
