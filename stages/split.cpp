#include "stages/split.h"

#include <utility>

#include "stages/join_tasks.h"
#include "stages/payload.h"
#include "stages/stage_names.h"
#include "stages/task_ids.h"

namespace cairn::stages {

using pipeline::Outcome;
using pipeline::TaskSpec;

namespace {

Status check_segments(const std::vector<Bytes>& segments) {
  if (segments.empty()) return Error{Code::failed, "the backend cut the batch into no segments"};
  if (segments.size() > segments_max) {
    return Error{Code::invalid_input, "the batch has " + std::to_string(segments.size()) +
                                          " segments, at most " + std::to_string(segments_max)};
  }
  std::size_t bytes = 0;
  for (const Bytes& segment : segments) bytes += segment.size();
  if (bytes <= segment_bytes_max) return {};
  return Error{Code::invalid_input, "the segments of the batch have " + std::to_string(bytes) +
                                        " bytes, at most " + std::to_string(segment_bytes_max)};
}

/// A task of the same sequence for a worker with the same backend.
TaskSpec task_like(const pipeline::Task& task, std::string_view stage, const std::string& backend,
                   Bytes payload) {
  TaskSpec out;
  out.stage = stage;
  out.height = task.height;
  out.group = task.group;
  out.payload = std::move(payload);
  out.needs = backend;
  return out;
}

Outcome plan_batch(const pipeline::Task& task, const SplitPayload& batch, std::vector<Bytes> segments) {
  const TaskSpec join =
      task_like(task, kAggregate, batch.backend, encode(AggregatePayload{batch.backend, batch.program, {}}));
  JoinPlan plan = plan_joins(static_cast<std::uint32_t>(segments.size()), join, batch.feed,
                             [&](Join j) { return segment_join_id(task.group, batch.batch, j); });
  Outcome outcome;
  outcome.emits = std::move(plan.tasks);
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    TaskSpec prove = task_like(task, kProve, batch.backend,
                               encode(ProvePayload{batch.backend, batch.program, std::move(segments[i])}));
    prove.id = prove_id(task.group, batch.batch, i);
    prove.feed = plan.leaves[i];
    outcome.emits.push_back(std::move(prove));
  }
  outcome.facts = {{"segments." + std::to_string(batch.batch), std::to_string(segments.size())}};
  return outcome;
}

}  // namespace

pipeline::Process make_split(Backends backends) {
  return [backends = std::move(backends)](const pipeline::Task& task,
                                          pipeline::Watch& watch) -> Result<Outcome> {
    CAIRN_ASSIGN(const SplitPayload batch, decode_split(task.payload));
    CAIRN_ASSIGN(prover::ProverBackend * backend, find_backend(backends, batch.backend));
    WatchControl control(watch);
    CAIRN_ASSIGN(std::vector<Bytes> segments, backend->split(batch.program, view(batch.input), control));
    CAIRN_TRY(check_segments(segments));
    return plan_batch(task, batch, std::move(segments));
  };
}

}  // namespace cairn::stages
