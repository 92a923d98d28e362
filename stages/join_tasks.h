// A join tree as aggregate tasks: ingest plans one over the batches of a sequence, split one over
// the segments of a batch.
#pragma once

#include <functional>
#include <vector>

#include "pipeline/task.h"
#include "stages/join_tree.h"

namespace cairn::stages {

struct JoinPlan {
  std::vector<pipeline::TaskSpec> tasks;  ///< each after the one that it feeds
  std::vector<pipeline::Feed> leaves;     ///< where the value of each leaf goes
};

/// Tasks `id(join)` that are like `model` but for id, feed and the two inputs that they wait for.
/// The root's value goes along `root`. Requires leaves ≥ 1.
JoinPlan plan_joins(std::uint32_t leaves, const pipeline::TaskSpec& model, const pipeline::Feed& root,
                    const std::function<pipeline::TaskId(Join)>& id);

}  // namespace cairn::stages
