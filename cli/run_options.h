// A program to run, its input and its bounds, as options of a command.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "common/bytes.h"
#include "prover/rv32/executor.h"

namespace cairn::cli {

struct RunOptions {
  std::string elf, input;
  std::uint64_t cycles_max = rv32::RunLimits().cycles;
  std::uint64_t memory_mib = rv32::RunLimits().memory_bytes >> 20;
  unsigned segment_log2 = rv32::kLogClassDefault;

  rv32::RunLimits limits() const { return {cycles_max, memory_mib << 20}; }
  rv32::SegmentLimits segment_limits() const { return rv32::segment_class(segment_log2); }
};

/// Adds --elf, --input, --cycles-max up to `cycles_bound`, --memory-max and --segment-log2. `options`
/// outlives the parsing.
std::vector<Option> add_run_options(Command& command, RunOptions& options, std::uint64_t cycles_bound);

struct ProgramRun {
  rv32::Image image;
  Bytes input;
};
/// Errors: those of the files.
Result<ProgramRun> read_run(const RunOptions& options);

}  // namespace cairn::cli
