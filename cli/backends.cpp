#include "cli/backends.h"

#include "prover/rv32/prove/segment_prover.h"
#include "prover/rv32/verify/segment_verifier.h"

namespace cairn::cli {
namespace {

using Made = Result<std::unique_ptr<prover::ProverBackend>>;

Made make(prover::CommandConfig config, const std::filesystem::path& work_root) {
  config.work_root = work_root;
  CAIRN_ASSIGN(auto backend, prover::CommandBackend::create(config));
  return std::unique_ptr<prover::ProverBackend>(std::move(backend));
}

Result<Bytes> prove(const rv32::Segment& segment) {
  CAIRN_ASSIGN(rv32::SegmentProof proof, rv32::prove_segment(segment));
  return std::move(proof.proof);
}

Made make(const prover::ZkvmConfig& config, const std::filesystem::path&) {
  static const rv32::SegmentVerifier verifier;
  CAIRN_ASSIGN(auto backend, prover::ZkvmBackend::create(config, prove, verifier));
  return std::unique_ptr<prover::ProverBackend>(std::move(backend));
}

}  // namespace

std::vector<std::string> programs_of(const BackendConfig& config) {
  std::vector<std::string> names;
  std::visit(
      [&](const auto& of) {
        for (const auto& [name, program] : of.programs) names.push_back(name);
      },
      config);
  return names;
}

Made make_backend(const BackendConfig& config, const std::filesystem::path& work_root) {
  return std::visit([&](const auto& of) { return make(of, work_root); }, config);
}

}  // namespace cairn::cli
