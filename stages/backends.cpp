#include "stages/backends.h"

namespace cairn::stages {

Result<prover::ProverBackend*> find_backend(const Backends& backends, std::string_view name) {
  const auto found = backends.find(name);
  if (found != backends.end() && found->second != nullptr) return found->second;
  std::string names;
  for (const auto& [known, backend] : backends) names += (names.empty() ? "" : ", ") + known;
  return Error{Code::unavailable, "this worker has no backend \"" + std::string(name) +
                                      "\"; it has: " + (names.empty() ? "none" : names)};
}

void WatchControl::progress(double share) {
  if (share >= 0 && share <= 1) watch_.progress(begin_ + (end_ - begin_) * share);
}

Result<Bytes> check_proof_part(std::string_view call, Result<Bytes> proof) {
  if (proof.ok() && proof->size() > proof_part_bytes_max) {
    return Error{Code::failed, std::string(call) + ": a proof of " + std::to_string(proof->size()) +
                                   " bytes, at most " + std::to_string(proof_part_bytes_max)};
  }
  return proof;
}

}  // namespace cairn::stages
