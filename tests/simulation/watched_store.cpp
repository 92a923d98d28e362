#include "tests/simulation/watched_store.h"

#include <algorithm>

namespace cairn::sim {

using pipeline::Verdict;

namespace {
constexpr std::size_t kTasksMax = 256;

std::string lease_text(const pipeline::TaskId& id, pipeline::Fence fence) {
  return id + " under fence " + std::to_string(fence);
}

bool can_do(const pipeline::Exchange& exchange, const pipeline::TaskRecord& task) {
  return task.needs.empty() ||
         std::ranges::find(exchange.capabilities, task.needs) != exchange.capabilities.end();
}
}  // namespace

WatchedStore::WatchedStore(pipeline::Store& inner, std::mt19937_64& random, const std::uint64_t& now_ms,
                           const StoreFaults& faults, std::uint64_t lease_ms)
    : inner_(inner), random_(random), now_ms_(now_ms), faults_(faults), lease_ms_(lease_ms) {}

void WatchedStore::fail(std::string what) {
  if (violation_.empty()) violation_ = "at " + std::to_string(now_ms_) + " ms: " + std::move(what);
}

template <class Reply, class Call>
Result<Reply> WatchedStore::faulty(Call call) {
  if (chance(faults_.not_reached)) return Error{Code::unavailable, "simulated: not reached"};
  Result<Reply> reply = call();
  if (!reply.ok() && !is_transient(reply.error().code)) fail("the store refused: " + reply.error().what);
  if (chance(faults_.reply_lost)) return Error{Code::timeout, "simulated: reply lost"};
  return reply;
}

Result<pipeline::EnqueueReply> WatchedStore::enqueue(const std::vector<pipeline::TaskSpec>& specs) {
  return faulty<pipeline::EnqueueReply>([&] { return inner_.enqueue(specs); });
}

Result<pipeline::ExchangeReply> WatchedStore::exchange(const pipeline::Exchange& exchange) {
  return faulty<pipeline::ExchangeReply>([&] {
    auto reply = inner_.exchange(exchange);
    if (!reply.ok()) return reply;
    for (std::size_t i = 0; i < reply->verdicts.size(); ++i)
      take(exchange.completions[i], reply->verdicts[i]);
    for (const pipeline::Task& task : reply->leased) {
      take(task);
      if (!can_do(exchange, *inner_.task(task.id))) fail("leased to one who cannot do it: " + task.id);
    }
    if (!reply->leased.empty()) check_order(exchange, reply->leased);
    return reply;
  });
}

void WatchedStore::take(const pipeline::Completion& done, Verdict verdict) {
  if (verdict != Verdict::ok) return;
  Seen& seen = tasks_[done.id];
  if (seen.finished) fail("finished twice: " + lease_text(done.id, done.fence));
  end_lease("completed", done.id, done.fence);
  seen.finished = !done.outcome.again;
}

/// Accepts the end of the last lease, once, and of no other.
void WatchedStore::end_lease(const char* how, const pipeline::TaskId& id, pipeline::Fence fence) {
  Seen& seen = tasks_[id];
  if (fence != seen.fence) {
    fail(std::string(how) + " with a stale fence: " + lease_text(id, fence) + ", leased under " +
         std::to_string(seen.fence));
  } else if (seen.ended) {
    fail(std::string(how) + " twice: " + lease_text(id, fence));
  }
  seen.ended = true;
  seen.until_ms = 0;
}

void WatchedStore::take(const pipeline::Task& leased) {
  Seen& seen = tasks_[leased.id];
  if (seen.finished) fail("leased after it was finished: " + lease_text(leased.id, leased.fence));
  if (leased.fence <= last_fence_) fail("a fence that does not grow: " + lease_text(leased.id, leased.fence));
  if (now_ms_ < seen.until_ms) fail("two leases at a time: " + lease_text(leased.id, leased.fence));
  last_fence_ = leased.fence;
  seen.fence = leased.fence;
  seen.until_ms = now_ms_ + lease_ms_;
  seen.ended = false;
}

/// The lowest heights are leased first: nothing that is still ready is lower.
void WatchedStore::check_order(const pipeline::Exchange& exchange,
                               const std::vector<pipeline::Task>& leased) {
  const auto lower = [](const pipeline::Task& a, const pipeline::Task& b) {
    return std::pair(a.height, a.id) < std::pair(b.height, b.id);
  };
  if (!std::is_sorted(leased.begin(), leased.end(), lower)) fail("leased out of order");
  const std::uint64_t highest = leased.back().height;
  if (highest == 0) return;
  const auto groups = inner_.groups(0, highest - 1, kTasksMax);
  for (const pipeline::GroupRecord& group : *groups) {
    if (group.ended_ms != 0) continue;
    const auto tasks = inner_.group_tasks(group.id, kTasksMax);
    for (const pipeline::TaskRecord& task : *tasks) {
      if (task.stage == exchange.stage && task.state == pipeline::TaskState::ready &&
          can_do(exchange, task)) {
        fail("leased height " + std::to_string(highest) + " before " + task.id);
      }
    }
  }
}

Result<std::vector<Verdict>> WatchedStore::renew(const std::string& stage, const std::vector<Held>& held) {
  return faulty<std::vector<Verdict>>([&] {
    auto reply = inner_.renew(stage, held);
    for (std::size_t i = 0; reply.ok() && i < held.size(); ++i) {
      if ((*reply)[i] != Verdict::ok) continue;
      Seen& seen = tasks_[held[i].id];
      if (held[i].fence != seen.fence || seen.ended)
        fail("renewed a stale lease: " + lease_text(held[i].id, held[i].fence));
      seen.until_ms = now_ms_ + lease_ms_;
    }
    return reply;
  });
}

Result<Verdict> WatchedStore::fail(const std::string& stage, const pipeline::Failure& failure) {
  return faulty<Verdict>([&] {
    const auto reply = inner_.fail(stage, failure);
    if (reply.ok() && *reply == Verdict::ok) end_lease("failed", failure.id, failure.fence);
    return reply;
  });
}

Result<std::vector<Verdict>> WatchedStore::hand_back(const std::string& stage,
                                                     const std::vector<Held>& held) {
  return faulty<std::vector<Verdict>>([&] {
    auto reply = inner_.hand_back(stage, held);
    for (std::size_t i = 0; reply.ok() && i < held.size(); ++i) {
      if ((*reply)[i] == Verdict::ok) end_lease("handed back", held[i].id, held[i].fence);
    }
    return reply;
  });
}

Result<std::vector<std::string>> WatchedStore::sweep(const std::vector<std::string>& stages) {
  return faulty<std::vector<std::string>>([&] { return inner_.sweep(stages); });
}

void WatchedStore::check_leases(std::uint64_t grace_ms) {
  for (auto& [id, seen] : tasks_) {
    if (seen.until_ms == 0 || now_ms_ <= seen.until_ms + grace_ms) continue;
    const auto record = inner_.task(id);
    if (record.ok() && record->state == pipeline::TaskState::leased && record->fence == seen.fence) {
      fail("a lease that does not end: " + lease_text(id, seen.fence));
    }
    seen.until_ms = 0;
  }
}

}  // namespace cairn::sim
