#include <chrono>
#include <cstdio>

#include "cli/command.h"
#include "cli/program_files.h"
#include "common/json.h"
#include "prover/rv32/image_tree.h"
#include "prover/rv32/verify/segment_verifier.h"
#include "prover/rv32/verify/sequence.h"

namespace cairn::cli {
namespace {

struct Options {
  std::string proof, elf, image_id;
  std::uint32_t expect_exit = 0;
  unsigned state_bytes = 0;
  bool json = false;
};

Json to_json(const rv32::BatchClaim& batch) {
  return {{"image_id", hex(rv32::to_bytes(batch.image_id))},
          {"exit_code", batch.exit_code},
          {"journal", hex(batch.journal)},
          {"input", hex(rv32::to_bytes(batch.input))},
          {"cycles", batch.cycles},
          {"segments", batch.pieces}};
}

void print(const Options& options, const rv32::ProofVerdict& verdict, double seconds) {
  if (options.json) {
    Json out = {{"ok", verdict.ok()}, {"seconds", seconds}, {"batches", Json::array()}};
    for (const rv32::BatchClaim& batch : verdict.batches) out["batches"].push_back(to_json(batch));
    if (!verdict.ok()) {
      out["reason"] = rv32::fault_name(verdict.fault);
      out["piece"] = verdict.piece;
      if (verdict.inner != engine::VerifyError::none) out["inner"] = engine::verify_error_name(verdict.inner);
    }
    std::printf("%s\n", out.dump().c_str());
    return;
  }
  for (const rv32::BatchClaim& batch : verdict.batches) {
    std::printf("program  %s\ncycles   %llu in %zu segments\nexit     %u\njournal  %zu bytes: %s\n",
                hex(rv32::to_bytes(batch.image_id)).c_str(), static_cast<unsigned long long>(batch.cycles),
                batch.pieces, batch.exit_code, batch.journal.size(), hex(batch.journal).c_str());
  }
  if (verdict.ok())
    std::printf("valid, verified in %.3f s\n", seconds);
  else
    std::printf("NOT valid: %s\n", verdict.reason().c_str());
}

Result<Digest32> expected_program(const Options& options) {
  if (options.elf.empty()) return digest_from_hex(options.image_id);
  CAIRN_ASSIGN(const rv32::Image image, read_program(options.elf));
  return rv32::to_bytes(rv32::image_id(rv32::image_roots(image)));
}

Status verify(const Options& options, int& exit) {
  CAIRN_ASSIGN(const Digest32 image_id, expected_program(options));
  CAIRN_ASSIGN(const Bytes proof, read_file(options.proof, kProofFileBytesMax));
  const auto begun = std::chrono::steady_clock::now();
  rv32::ProofVerdict verdict = rv32::verify_batches(proof, rv32::SegmentVerifier());
  if (verdict.ok()) verdict = rv32::check_runs(std::move(verdict), image_id, options.expect_exit);
  if (verdict.ok()) verdict = rv32::check_chaining(std::move(verdict), {options.state_bytes});
  print(options, verdict, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  if (!verdict.ok()) exit = exit_failure;
  return {};
}

}  // namespace

void add_verify(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add("verify", "Checks the proof of a RISC-V program's run.",
                            "cairn verify --proof prog.proof --elf prog.elf");
  command.option("--proof", options->proof, "What `cairn prove` has made, or a pool serves").required();
  Option elf = command.option("--elf", options->elf, "The program that must have run");
  Option id = command.option("--image-id", options->image_id,
                             "Or its image_id, 64 hex digits, which `cairn execute` shows");
  elf.excludes(id);
  command.option("--expect-exit", options->expect_exit, "The exit code that it must have ended with")
      .show_default();
  command
      .option("--state-bytes", options->state_bytes,
              "Not 0: batches must chain. The journal begins with the state before and the state after, of "
              "so many bytes each")
      .between(0, rv32::kStateBytesMax)
      .show_default();
  command.flag("--json", options->json, "One JSON object");
  command.run([options, &exit] {
    if (options->elf.empty() && options->image_id.empty()) wrong_usage("--elf", "or --image-id is required");
    const Status status = verify(*options, exit);
    if (status.ok()) return;
    exit = fail(status.error(), options->json);
    if (exit == exit_config) exit = exit_failure;  // a file that is no program: there is no configuration
  });
}

}  // namespace cairn::cli
