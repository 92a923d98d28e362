// What every store promises (pipeline/store.h, pipeline/task.h), as tests that run over each of them:
// store_queue_test.cpp, store_needs_test.cpp, store_outcome_test.cpp, store_group_test.cpp,
// store_lost_value_test.cpp. A new store is one more StoreHarness, and one more line at the end of
// store_harness.cpp.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/store.h"

namespace cairn::pipeline {

/// A store with a clock that the test moves, and ways to damage what it keeps.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  virtual Store& store() = 0;
  virtual std::uint64_t now_ms() const = 0;
  virtual void advance(std::uint64_t ms) = 0;
  virtual void set_back(std::uint64_t ms) = 0;
  /// The stored payload of a task, which is `bytes`, vanishes.
  virtual void lose_payload(const TaskId& id, const Bytes& bytes) = 0;
  /// The stored input in `slot`, which is `bytes`, vanishes.
  virtual void lose_input(const TaskId& id, std::uint32_t slot, const Bytes& bytes) = 0;
};

std::unique_ptr<StoreHarness> make_memory_harness(const StoreRules& rules);
/// On a Redis that all tests of the program share, in a pool of its own, with a clock read from a key.
std::unique_ptr<StoreHarness> make_redis_harness(const StoreRules& rules);
/// The same with a library whose one occurrence of `text` (asserted) is `replacement`.
std::unique_ptr<StoreHarness> make_edited_redis_harness(const StoreRules& rules, std::string_view text,
                                                        std::string_view replacement);

inline Bytes bytes_of(std::string_view text) { return copy(text); }
/// A value that is stored as a blob.
inline Bytes large(std::uint8_t fill) { return Bytes(limits::inline_bytes_max + 1, fill); }

inline TaskSpec spec(const TaskId& id, std::uint64_t height = 1, const std::string& stage = "prove") {
  TaskSpec s;
  s.id = id;
  s.stage = stage;
  s.height = height;
  return s;
}
inline TaskSpec in_group(TaskSpec s, const GroupId& group) {
  s.group = group;
  return s;
}
inline TaskSpec with_payload(TaskSpec s, Bytes payload) {
  s.payload = std::move(payload);
  return s;
}
inline TaskSpec feeding(TaskSpec s, const TaskId& target, std::uint32_t slot) {
  s.feed = Feed{target, slot};
  return s;
}
inline TaskSpec waiting_for(TaskSpec s, std::uint32_t inputs) {
  s.waits_on = inputs;
  return s;
}

inline TaskSpec needing(TaskSpec s, const Capability& capability) {
  s.needs = capability;
  return s;
}

inline Outcome with_output(std::string_view output) {
  Outcome o;
  o.output = bytes_of(output);
  return o;
}
inline Outcome emitting(std::vector<TaskSpec> specs) {
  Outcome o;
  o.emits = std::move(specs);
  return o;
}
inline Outcome ending(const std::string& status) {
  Outcome o;
  o.group_end = status;
  return o;
}
inline Outcome once_more(Again again) {
  Outcome o;
  o.again = std::move(again);
  return o;
}

using MakeHarness = std::unique_ptr<StoreHarness> (*)(const StoreRules&);
struct StoreKind {
  const char* name;
  MakeHarness make;
};

class StoreTest : public testing::TestWithParam<StoreKind> {
 protected:
  static constexpr StoreRules kRules{.lease_ms = 1000,
                                     .attempts_max = 3,
                                     .deaths_max = 2,
                                     .backoff_ms = 100,
                                     .backoff_max_ms = 250,
                                     .done_ms = 60'000};
  StoreTest() { use(kRules); }

  /// Starts over with other rules.
  void use(const StoreRules& rules) {
    harness_.reset();  // it empties the Redis that they share
    harness_ = GetParam().make(rules);
  }
  Store& store() { return harness_->store(); }
  void advance(std::uint64_t ms) { harness_->advance(ms); }

  std::vector<Admission> enqueue(const std::vector<TaskSpec>& specs) {
    auto reply = store().enqueue(specs);
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
    return reply.ok() ? reply->admissions : std::vector<Admission>();
  }
  ExchangeReply exchange(std::vector<Completion> completions, std::uint32_t lease_max,
                         const std::string& stage = "prove", const std::string& worker = "w") {
    auto reply = store().exchange({stage, worker, std::move(completions), lease_max});
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
    return reply.ok() ? *reply : ExchangeReply();
  }
  /// By a worker that has these capabilities.
  std::vector<TaskId> lease_with(std::vector<Capability> capabilities, std::uint32_t max = 100) {
    auto reply = store().exchange({"prove", "w", {}, max, std::move(capabilities)});
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().what);
    std::vector<TaskId> out;
    if (!reply.ok()) return out;
    for (const Task& task : reply->leased) out.push_back(task.id);
    return out;
  }
  std::vector<Task> lease(std::uint32_t max = 100, const std::string& stage = "prove") {
    return exchange({}, max, stage).leased;
  }
  /// The one task that is ready in the stage; fails the test and returns an empty task otherwise.
  Task lease_one(const std::string& stage = "prove") {
    std::vector<Task> leased = lease(2, stage);
    EXPECT_EQ(leased.size(), 1u);
    return leased.empty() ? Task() : leased.front();
  }
  Verdict complete(const Task& task, Outcome outcome = {}) {
    const auto reply = exchange({{task.id, task.fence, std::move(outcome)}}, 0, task.stage);
    return reply.verdicts.empty() ? Verdict::stale : reply.verdicts.front();
  }
  Verdict fail(const Task& task, FailKind kind = FailKind::retry, const std::string& reason = "no") {
    const auto verdict = store().fail(task.stage, {task.id, task.fence, kind, reason});
    EXPECT_TRUE(verdict.ok());
    return verdict.ok() ? *verdict : Verdict::stale;
  }
  Verdict renew(const Task& task) {
    const auto verdicts = store().renew(task.stage, {{task.id, task.fence}});
    EXPECT_TRUE(verdicts.ok());
    return verdicts.ok() ? verdicts->front() : Verdict::stale;
  }
  Verdict hand_back(const Task& task) {
    const auto verdicts = store().hand_back(task.stage, {{task.id, task.fence}});
    EXPECT_TRUE(verdicts.ok());
    return verdicts.ok() ? verdicts->front() : Verdict::stale;
  }
  TaskRecord record(const TaskId& id) {
    auto found = store().task(id);
    EXPECT_TRUE(found.ok()) << id;
    return found.ok() ? *found : TaskRecord();
  }
  TaskState state(const TaskId& id) { return record(id).state; }
  GroupRecord group(const GroupId& id) {
    auto found = store().group(id);
    EXPECT_TRUE(found.ok()) << id;
    return found.ok() ? *found : GroupRecord();
  }
  StageCounts counts(const std::string& stage = "prove") { return *store().counts(stage); }
  std::uint64_t bytes() { return *store().stored_bytes(); }

  std::unique_ptr<StoreHarness> harness_;
};

inline std::vector<TaskId> ids(const std::vector<Task>& tasks) {
  std::vector<TaskId> out;
  for (const Task& t : tasks) out.push_back(t.id);
  return out;
}
inline std::vector<TaskId> ids(const std::vector<TaskRecord>& records) {
  std::vector<TaskId> out;
  for (const TaskRecord& r : records) out.push_back(r.id);
  return out;
}

}  // namespace cairn::pipeline
