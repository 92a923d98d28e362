#include <cstdio>

#include "cli/command.h"
#include "cli/program_files.h"
#include "common/json.h"
#include "common/limits.h"
#include "prover/rv32/executor.h"
#include "prover/rv32/image_tree.h"
#include "prover/rv32/verify/sequence.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string elf, backend = "zkvm", program;
  std::vector<std::string> inputs;
  std::uint64_t height = 1;
  unsigned state_bytes = 0;
  std::uint64_t cycles_max = rv32::RunLimits().cycles;
};

/// What the program makes public on this input. Errors: failed, when it does not exit with 0.
Result<Bytes> journal_of(const rv32::Image& image, ByteView input, std::uint64_t cycles_max) {
  CAIRN_ASSIGN(rv32::Executor executor,
               rv32::Executor::start(image, input, {cycles_max, rv32::RunLimits().memory_bytes}));
  std::uint32_t exit_code = 0;
  while (executor.ending() == rv32::Ending::running)
    exit_code = executor.run_segment(rv32::SegmentLimits(), false).exit_code;
  if (executor.ending() == rv32::Ending::trapped) return Error{Code::failed, rv32::to_text(executor.trap())};
  if (executor.ending() == rv32::Ending::cycle_limit) return Error{Code::failed, "the program does not end"};
  if (exit_code != 0) return Error{Code::failed, "the program exits with " + std::to_string(exit_code)};
  return executor.journal();
}

Error not_chained(const std::string& path, rv32::ProofFault fault) {
  const char* why = fault == rv32::ProofFault::no_state
                        ? "its journal is too short for two states"
                        : "it begins with another state than the batch before ended with";
  return Error{Code::failed, path + ": " + std::string(rv32::fault_name(fault)) + ": " + why};
}

Status print_line(const Options& options) {
  CAIRN_ASSIGN(const rv32::Image image, read_program(options.elf));
  Json line = {{"start_height", options.height},
               {"end_height", options.height + options.inputs.size() - 1},
               {"backend", options.backend},
               {"program", options.program},
               {"batches", Json::array()}};
  const rv32::Chaining chaining = {options.state_bytes};
  std::vector<Digest32> journals;
  rv32::ProofVerdict verdict;  // as of a proof of these runs
  for (const std::string& path : options.inputs) {
    CAIRN_ASSIGN(const Bytes input, read_input(path));
    const auto journal = journal_of(image, input, options.cycles_max);
    if (!journal.ok()) return journal.error().in(path);
    journals.push_back(sha256(*journal));
    verdict.batches.push_back({.journal = *journal, .first_piece = verdict.batches.size(), .pieces = 1});
    verdict = rv32::check_chaining(std::move(verdict), chaining);
    if (!verdict.ok()) return not_chained(path, verdict.fault);
    line["batches"].push_back({{"input", {{"input", "0x" + hex(input)}}}});
  }
  line["claim"] = "0x" + hex(rv32::sequence_claim(rv32::to_bytes(rv32::image_id(rv32::image_roots(image))),
                                                  chaining, journals));
  const std::string text = line.dump();
  if (text.size() > limits::json_line_bytes_max) {
    return Error{Code::failed, "the line has " + std::to_string(text.size()) + " bytes, a pool takes " +
                                   std::to_string(limits::json_line_bytes_max)};
  }
  std::printf("%s\n", text.c_str());
  return {};
}

}  // namespace

void add_sequence(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command =
      app.add("sequence",
              "Runs a RISC-V program on each input, and prints the line that asks a pool to prove the runs.",
              "cairn sequence --elf prog.elf --program prog --inputs a.bin,b.bin --height 5 | cairn produce "
              "--open 2");
  command.option("--elf", options->elf, "The program").required();
  command.option("--program", options->program, "Its name in the pool's configuration").required();
  command.option("--backend", options->backend, "Name of the backend there").show_default();
  command.option("--inputs", options->inputs, "One file for each batch, in their order")
      .required()
      .comma_separated();
  command.option("--height", options->height, "Height of the first batch")
      .between(0, limits::height_max - limits::batches_max)
      .show_default();
  command
      .option("--state-bytes", options->state_bytes,
              "As in the pool's configuration: the size of a state, when batches chain")
      .between(0, rv32::kStateBytesMax)
      .show_default();
  command.option("--cycles-max", options->cycles_max, "Instructions after which a run is stopped")
      .between(1, std::uint64_t{1} << 32)
      .show_default();
  command.run([options, &exit] {
    if (options->inputs.size() > limits::batches_max)
      wrong_usage("--inputs", "a sequence has at most 64 batches");
    const Status status = print_line(*options);
    if (status.ok()) return;
    exit = fail(status.error());
    if (exit == exit_config) exit = exit_failure;  // a file that is no program: there is no configuration
  });
}

}  // namespace cairn::cli
