#include "stages/aggregate.h"

#include <utility>

#include "chain/sender_row.h"
#include "stages/payload.h"
#include "stages/stage_names.h"
#include "stages/task_ids.h"

namespace cairn::stages {

using pipeline::Outcome;
using pipeline::Task;

namespace {

/// Most of the time of a final task goes into making the proof, not into verifying it.
constexpr double finalize_share = 0.9;

Status check_inputs(const Task& task, std::size_t expected) {
  if (task.inputs.size() == expected) return {};
  return Error{Code::corrupt, "came with " + std::to_string(task.inputs.size()) + " inputs instead of " +
                                  std::to_string(expected)};
}

/// Whatever made the check fail is a failure of the proof, unless the check did not run to its end.
Error not_verified(const Error& error) {
  if (is_transient(error.code) || error.code == Code::cancelled) return error.in("verify");
  return {Code::failed, "the final proof does not verify: " + error.what};
}

Result<Outcome> join(const Task& task, const AggregatePayload& payload, prover::ProverBackend& backend,
                     pipeline::Watch& watch) {
  CAIRN_TRY(check_inputs(task, 2));
  WatchControl control(watch);
  Outcome outcome;
  CAIRN_ASSIGN(outcome.output, check_proof_part("join", backend.join(payload.program, task.inputs[0],
                                                                     task.inputs[1], control)));
  return outcome;
}

Result<Bytes> final_proof(const Task& task, const std::string& program, const Digest32& claim,
                          prover::ProverBackend& backend, pipeline::Watch& watch) {
  WatchControl finalizing(watch, 0, finalize_share);
  CAIRN_ASSIGN(Bytes proof, backend.finalize(program, task.inputs[0], claim, finalizing));
  if (proof.size() > chain::sender::proof_bytes_max) {
    return Error{Code::invalid_input, "the final proof has " + std::to_string(proof.size()) +
                                          " bytes, at most " +
                                          std::to_string(chain::sender::proof_bytes_max)};
  }
  WatchControl verifying(watch, finalize_share, 1);
  const Status verified = backend.verify(program, claim, proof, verifying);
  if (!verified.ok()) return not_verified(verified.error());
  return proof;
}

Result<Outcome> finish(const Task& task, const AggregatePayload& payload, prover::ProverBackend& backend,
                       pipeline::Watch& watch) {
  CAIRN_TRY(check_inputs(task, 1));
  const auto& [claim, sequence_id] = *payload.last;
  CAIRN_ASSIGN(Bytes proof, final_proof(task, payload.program, claim, backend, watch));
  Outcome outcome;
  outcome.facts = {{"proof_bytes", std::to_string(proof.size())}};
  pipeline::TaskSpec commit;
  commit.id = hash_commit_id(task.group);
  commit.stage = kHashCommit;
  commit.height = task.height;
  commit.group = task.group;
  commit.payload = chain::sender::encode(chain::sender::planned_row(sequence_id, claim, std::move(proof)));
  outcome.emits.push_back(std::move(commit));
  return outcome;
}

}  // namespace

pipeline::Process make_aggregate(Backends backends) {
  return [backends = std::move(backends)](const Task& task, pipeline::Watch& watch) -> Result<Outcome> {
    CAIRN_ASSIGN(const AggregatePayload payload, decode_aggregate(task.payload));
    CAIRN_ASSIGN(prover::ProverBackend * backend, find_backend(backends, payload.backend));
    return payload.last ? finish(task, payload, *backend, watch) : join(task, payload, *backend, watch);
  };
}

}  // namespace cairn::stages
