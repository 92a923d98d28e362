// What time does to the tasks of the memory store, as in lua/upkeep.lua and the clock of lua/unit.lua.
#include <algorithm>

#include "pipeline/store_memory.h"

namespace cairn::pipeline {
namespace {

constexpr std::uint64_t kClockMs = 100, kSilenceMs = 1500;  // as in lua/unit.lua
constexpr std::uint32_t kSilencesMax = 8;

}  // namespace

/// It never goes back.
void MemoryStore::read_clock() {
  const std::uint64_t now = clock_() + ahead_;
  if (now < now_) ahead_ += now_ - now;
  now_ = std::max(now, now_);
}

/// As in lua/unit.lua: after a silence no lease is lost until their holders have had time to renew them.
void MemoryStore::keep_clock() {
  read_clock();
  if (seen_ > 0 && now_ - seen_ >= std::max(kSilenceMs, rules_.lease_ms / 2)) {
    if (silences_ < kSilencesMax) {
      reap_from_ = now_ + rules_.lease_ms;
      ++silences_;
    }
  } else if (now_ >= reap_from_ && now_ >= seen_ + kClockMs) {
    silences_ = 0;
  }
  if (now_ >= seen_ + kClockMs) seen_ = now_;
}

void MemoryStore::reap(const std::string& name) {
  if (now_ < reap_from_) return;
  StageQueues& stage = stages_[name];
  for (std::size_t i = 0; i < kStep && !stage.leased.empty(); ++i) {
    const auto [deadline, id] = *stage.leased.begin();
    if (deadline > now_) return;
    Entry& t = tasks_.at(id);
    ++t.record.deaths;
    ++stage.totals.leases_lost_total;
    if (t.record.deaths >= rules_.deaths_max) {
      kill(t, "its worker stopped answering, " + std::to_string(t.record.deaths) + " times; the last was " +
                  t.record.worker);
    } else {
      offer(t);
    }
  }
}

void MemoryStore::promote(const std::string& name) {
  StageQueues& stage = stages_[name];
  for (std::size_t i = 0; i < kStep && !stage.delayed.empty(); ++i) {
    const auto [due, id] = *stage.delayed.begin();
    if (due > now_) return;
    offer(tasks_.at(id));
  }
}

void MemoryStore::forget_groups(std::size_t& max) {
  while (max > 0 && !ended_.empty() && ended_.begin()->first + rules_.done_ms <= now_) {
    const GroupId id = ended_.begin()->second;
    auto& tasks = groups_.at(id).tasks;
    while (max > 0 && !tasks.empty()) {
      erase_task(tasks.begin()->second);
      tasks.erase(tasks.begin());
      --max;
    }
    if (max == 0) return;
    --max;
    groups_.erase(id);
    ended_.erase(ended_.begin());
  }
}

void MemoryStore::forget(std::size_t max) {
  forget_groups(max);
  while (max > 0 && !done_.empty()) {
    const auto [ms, id] = done_.front();
    if (done_.size() <= rules_.done_max && ms + rules_.done_ms > now_) return;
    const Entry* t = find(id);
    if (t != nullptr && t->record.state == TaskState::done && t->record.since_ms == ms) erase_task(id);
    done_.pop_front();
    --max;
  }
}

Result<std::vector<std::string>> MemoryStore::sweep(const std::vector<std::string>& stages) {
  keep_clock();
  woken_.clear();
  for (const std::string& stage : stages) {
    reap(stage);
    promote(stage);
  }
  forget(kStep);
  return woken_without("");
}

}  // namespace cairn::pipeline
