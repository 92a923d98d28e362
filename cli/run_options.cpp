#include "cli/run_options.h"

#include "cli/program_files.h"

namespace cairn::cli {

std::vector<Option> add_run_options(Command& command, RunOptions& options, std::uint64_t cycles_bound) {
  const Option elf =
      command.option("--elf", options.elf, "A static RV32IM program, such as guests/sdk/cairn-cc makes");
  return {elf,
          command.option("--input", options.input, "File with the program's input; none is an empty one")
              .needs(elf),
          command.option("--cycles-max", options.cycles_max, "Instructions after which it is stopped")
              .between(1, cycles_bound)
              .show_default(),
          command.option("--memory-max", options.memory_mib, "MiB of memory that it may touch")
              .between(1, 513)
              .show_default(),
          command.option("--segment-log2", options.segment_log2, "Segments have at most 2^N instructions")
              .between(rv32::kLogClassMin, rv32::kLogClassMax)
              .show_default()};
}

Result<ProgramRun> read_run(const RunOptions& options) {
  ProgramRun out;
  CAIRN_ASSIGN(out.image, read_program(options.elf));
  CAIRN_ASSIGN(out.input, read_input(options.input));
  return out;
}

}  // namespace cairn::cli
