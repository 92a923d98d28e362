#include "stages/ingest.h"

#include <utility>

#include "stages/join_tasks.h"
#include "stages/payload.h"
#include "stages/stage_names.h"
#include "stages/task_ids.h"

namespace cairn::stages {

using pipeline::Feed;
using pipeline::Outcome;
using pipeline::TaskSpec;

namespace {

TaskSpec aggregate_task(const Submission& s, std::optional<FinalProof> last) {
  TaskSpec task;
  task.group = group_of(s);
  task.stage = kAggregate;
  task.height = s.start_height;
  task.payload = encode(AggregatePayload{s.backend, s.program, last});
  task.needs = s.backend;
  return task;
}

TaskSpec split_task(const Submission& s, const pipeline::GroupId& group, std::uint32_t batch,
                    const Feed& feed) {
  TaskSpec task;
  task.id = split_id(group, batch);
  task.group = group;
  task.stage = kSplit;
  task.height = s.start_height;
  task.payload = encode(SplitPayload{s.backend, s.program, batch, s.inputs[batch], feed});
  task.needs = s.backend;
  return task;
}

Result<Outcome> ingest_sequence(const Catalog& catalog, const pipeline::Task& task) {
  CAIRN_ASSIGN(const Submission submission, decode_submission(task.payload));
  if (task.group != group_of(submission)) {
    return Error{Code::corrupt, "payload: the submission of another group"};
  }
  CAIRN_TRY(check_catalog(submission, catalog));
  return plan_sequence(submission);
}

}  // namespace

Outcome plan_sequence(const Submission& s) {
  Outcome outcome;
  TaskSpec last = aggregate_task(s, FinalProof{s.claim, s.sequence_id});
  last.id = final_id(last.group);
  last.waits_on = 1;

  const pipeline::GroupId group = last.group;
  const auto batches = static_cast<std::uint32_t>(s.inputs.size());
  JoinPlan plan = plan_joins(batches, aggregate_task(s, std::nullopt), Feed{last.id, 0},
                             [&](Join join) { return batch_join_id(group, join); });
  outcome.emits.push_back(std::move(last));
  for (TaskSpec& join : plan.tasks) outcome.emits.push_back(std::move(join));
  for (std::uint32_t batch = 0; batch < batches; ++batch) {
    outcome.emits.push_back(split_task(s, group, batch, plan.leaves[batch]));
  }
  outcome.facts = {{"backend", s.backend},
                   {"program", s.program},
                   {"start_height", std::to_string(s.start_height)},
                   {"end_height", std::to_string(s.end_height)},
                   {"batches", std::to_string(batches)},
                   {"claim", "0x" + hex(s.claim)},
                   {"sequence_id", "0x" + hex(s.sequence_id)}};
  return outcome;
}

pipeline::Process make_ingest(Catalog catalog, std::optional<Follow> follow) {
  return [catalog = std::move(catalog), follow = std::move(follow)](
             const pipeline::Task& task, pipeline::Watch& watch) -> Result<Outcome> {
    const std::string kind = kind_of(task.payload);
    if (kind == submission_kind) return ingest_sequence(catalog, task);
    if (kind != follow_kind) return Error{Code::corrupt, "payload: of no kind that ingest takes"};
    if (follow) return follow_step(*follow, catalog, task, watch);
    return Error{Code::unavailable, "this worker has no chain to follow"};
  };
}

}  // namespace cairn::stages
