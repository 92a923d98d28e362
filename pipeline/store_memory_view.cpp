// The part of the memory store that people and metrics ask.
#include <algorithm>

#include "pipeline/store_memory.h"

namespace cairn::pipeline {

Result<StageCounts> MemoryStore::counts(const std::string& name) {
  read_clock();
  const StageQueues& stage = stages_[name];
  StageCounts out = stage.totals;
  out.delayed = stage.delayed.size();
  std::optional<std::pair<std::uint64_t, TaskId>> first;
  for (const auto& [need, ready] : stage.ready) {
    if (ready.empty()) continue;
    out.ready += ready.size();
    if (!need.empty()) out.ready_by_need[need] = ready.size();
    first = std::min(first.value_or(*ready.begin()), *ready.begin());
  }
  out.leased = stage.leased.size();
  out.dead = stage.dead.size();
  std::optional<std::uint64_t> lowest;
  if (first) {
    lowest = first->first;
    out.oldest_ready_ms = now_ - tasks_.at(first->second).record.since_ms;
  }
  for (const auto& [deadline, id] : stage.leased) {
    const std::uint64_t height = tasks_.at(id).record.height;
    lowest = std::min(lowest.value_or(height), height);
  }
  out.lowest_height = lowest.value_or(0);
  return out;
}

Result<std::uint64_t> MemoryStore::stored_bytes() { return values_.bytes(); }

Result<TaskRecord> MemoryStore::task(const TaskId& id) {
  const Entry* t = find(id);
  if (t == nullptr) return Error{Code::not_found, "no task " + id};
  return t->record;
}

Result<std::vector<TaskRecord>> MemoryStore::dead(const std::string& stage, std::size_t max) {
  std::vector<TaskRecord> out;
  for (const auto& [ms, id] : stage.empty() ? dead_ : stages_[stage].dead) {
    if (out.size() == max) break;
    out.push_back(tasks_.at(id).record);
  }
  return out;
}

Result<GroupRecord> MemoryStore::group(const GroupId& id) {
  const Group* group = find_group(id);
  if (group == nullptr) return Error{Code::not_found, "no group " + id};
  GroupRecord record = group->record;
  if (record.ended_ms == 0) record.state = group->dead > 0 ? "stalled" : "running";
  return record;
}

Result<std::vector<GroupRecord>> MemoryStore::groups(std::uint64_t from, std::uint64_t to, std::size_t max) {
  Queue by_height;
  for (const auto& [id, group] : groups_) by_height.insert({group.record.height, id});
  std::vector<GroupRecord> out;
  for (const auto& [height, id] : by_height) {
    if (height < from || height > to || out.size() == max) continue;
    out.push_back(*group(id));
  }
  return out;
}

Result<std::vector<TaskRecord>> MemoryStore::group_tasks(const GroupId& id, std::size_t max) {
  const Group* group = find_group(id);
  if (group == nullptr) return Error{Code::not_found, "no group " + id};
  std::vector<TaskRecord> out;
  for (const auto& [stage, task] : group->tasks) {
    if (out.size() == max) break;
    out.push_back(tasks_.at(task).record);
  }
  return out;
}

}  // namespace cairn::pipeline
