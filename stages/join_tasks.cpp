#include "stages/join_tasks.h"

#include <optional>

namespace cairn::stages {

JoinPlan plan_joins(std::uint32_t leaves, const pipeline::TaskSpec& model, const pipeline::Feed& root,
                    const std::function<pipeline::TaskId(Join)>& id) {
  const auto feed = [&](const std::optional<JoinInput>& above) {
    return above ? pipeline::Feed{id(above->join), above->slot} : root;
  };
  const JoinTree tree(leaves);
  JoinPlan plan;
  for (const Join& join : tree.joins()) {
    pipeline::TaskSpec task = model;
    task.id = id(join);
    task.waits_on = 2;
    task.feed = feed(tree.above(join));
    plan.tasks.push_back(std::move(task));
  }
  for (std::uint32_t leaf = 0; leaf < leaves; ++leaf) {
    plan.leaves.push_back(feed(tree.above_leaf(leaf)));
  }
  return plan;
}

}  // namespace cairn::stages
