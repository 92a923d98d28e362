#include "cli/stage_times.h"

#include <algorithm>
#include <array>
#include <set>

#include "stages/stage_names.h"

namespace cairn::cli {
namespace {

constexpr std::array kStages = {stages::kIngest,    stages::kSplit,      stages::kProve,
                                stages::kAggregate, stages::kHashCommit, stages::kReveal};

/// The tasks of one stage.
struct Done {
  std::uint64_t first_ms = UINT64_MAX, last_ms = 0;
  std::size_t tasks = 0;
  std::set<std::string> workers;
  bool all = true;

  void add(const pipeline::TaskRecord& task) {
    ++tasks;
    if (task.state != pipeline::TaskState::done) all = false;
    first_ms = std::min(first_ms, task.since_ms);
    last_ms = std::max(last_ms, task.since_ms);
    workers.insert(task.worker);
  }
};

}  // namespace

std::vector<StageTime> stage_times(const pipeline::GroupRecord& sequence,
                                   const std::vector<pipeline::TaskRecord>& tasks) {
  std::array<Done, kStages.size()> stages;
  for (const pipeline::TaskRecord& task : tasks) {
    const auto at = std::ranges::find(kStages, task.stage);
    if (at != kStages.end()) stages[static_cast<std::size_t>(at - kStages.begin())].add(task);
  }
  std::vector<StageTime> out;
  std::uint64_t from_ms = sequence.begun_ms;
  for (std::size_t i = 0; i < kStages.size() && stages[i].all && stages[i].tasks > 0; ++i) {
    const Done& done = stages[i];
    // A task that was made again may have ended after what follows it.
    out.push_back({std::string(kStages[i]), done.last_ms - std::min(done.last_ms, from_ms), done.tasks,
                   done.workers.size(), done.last_ms});
    from_ms = kStages[i] == stages::kSplit ? done.first_ms : done.last_ms;
  }
  return out;
}

Json to_json(const std::vector<StageTime>& times) {
  Json out = Json::object();
  for (const StageTime& time : times) {
    out[time.stage] = {
        {"seconds", static_cast<double>(time.ms) / 1000}, {"tasks", time.tasks}, {"workers", time.workers}};
  }
  return out;
}

std::string tenths(std::uint64_t ms) {
  return std::to_string(ms / 1000) + "." + std::to_string(ms / 100 % 10);
}

std::string to_text(const std::vector<StageTime>& times) {
  std::string out;
  for (const StageTime& time : times) {
    out += (out.empty() ? "" : ", ") + time.stage + " " + tenths(time.ms) + " s";
    if (time.stage != stages::kProve) continue;
    out += " (" + std::to_string(time.tasks) + " by " + std::to_string(time.workers) +
           (time.workers == 1 ? " worker)" : " workers)");
  }
  return out;
}

}  // namespace cairn::cli
