// Runs stages over the store in memory, in one thread and in an order that a seed decides: it holds
// several leases of every stage and completes them in any order. Everything that a stage emits goes
// through the wire format first, and must be well-formed and feed only what was enqueued before.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "pipeline/messages.h"
#include "pipeline/store_memory.h"
#include "stages/stages.h"
#include "tests/unit/stages/samples.h"

namespace cairn::stages::samples {

class Pool {
 public:
  /// With the stages of the first four rows of the table; the chain's tasks stay ready.
  Pool(const Services& services, std::uint64_t seed) : store_({}, [this] { return now_ms_; }), random_(seed) {
    for (const auto& [name, backend] : *services.backends) capabilities_.push_back(name);
    for (const std::string_view name : {"ingest", "split", "prove", "aggregate"}) {
      auto stage = make_stage(name, services);
      EXPECT_TRUE(stage.ok()) << stage.error().what;
      stages_.push_back(*std::move(stage));
    }
  }

  /// What the store says of it: accepted or duplicate.
  pipeline::Admission enqueue(const pipeline::TaskSpec& spec) {
    known_.insert(spec.id);
    return store_.enqueue({spec})->admissions.at(0);
  }

  /// Each step also loses this share of the values of tasks that are not done, as a damaged disk
  /// does.
  void lose_values(double share) { lost_share_ = share; }

  /// Until nothing is left to lease.
  void run() {
    for (lease(); !held_.empty(); lease()) {
      std::swap(held_[random_() % held_.size()], held_.back());
      const auto [stage, task] = std::move(held_.back());
      held_.pop_back();
      step(stages_[stage], task);
      if (::testing::Test::HasFatalFailure()) return;
      damage();
    }
  }

  std::uint64_t done(const std::string& stage) { return store_.counts(stage)->done_total; }
  std::uint64_t dead() { return store_.dead("", 100)->size(); }
  std::size_t damages() const { return damages_; }
  /// The tasks that wait for the sender.
  std::vector<pipeline::Task> commitments() { return store_.exchange({"hash_commit", "w", {}, 100})->leased; }
  pipeline::GroupRecord group(const std::string& id) { return *store_.group(id); }

 private:
  void lease() {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto max = static_cast<std::uint32_t>(random_() % 8);
      take(i, max);
    }
    // A task found damaged makes one of an earlier stage ready again.
    for (std::size_t i = 0; held_.empty() && any_ready(); i = (i + 1) % stages_.size()) take(i, 1);
  }
  bool any_ready() {
    return std::any_of(stages_.begin(), stages_.end(),
                       [&](const auto& stage) { return store_.counts(stage.name)->ready > 0; });
  }
  void take(std::size_t stage, std::uint32_t max) {
    auto reply = store_.exchange({stages_[stage].name, "w", {}, max, capabilities_});
    for (auto& task : reply->leased) held_.emplace_back(stage, std::move(task));
  }

  void step(const pipeline::Stage& stage, const pipeline::Task& task) {
    Watch watch;
    auto outcome = stage.process(task, watch);
    ASSERT_TRUE(outcome.ok()) << task.id << ": " << outcome.error().what;
    const Status checked = pipeline::check_outcome(*outcome);
    ASSERT_TRUE(checked.ok()) << checked.error().what;
    for (const pipeline::TaskSpec& spec : outcome->emits) {
      ASSERT_TRUE(!spec.feed || known_.contains(spec.feed->task)) << spec.id << " feeds nobody";
      known_.insert(spec.id);
    }
    const auto reply =
        store_.exchange({stage.name, "w", {over_the_wire({task.id, task.fence, *std::move(outcome)})}, 0});
    ASSERT_EQ(reply->verdicts, std::vector{pipeline::Verdict::ok}) << task.id;
  }

  static pipeline::Completion over_the_wire(pipeline::Completion completion) {
    pipeline::Report report;
    report.worker = "w";
    report.stage = "prove";
    report.endpoint = "inproc://w";
    report.results.emplace_back(std::move(completion));
    const Bytes frame = pipeline::encode(report);
    EXPECT_LE(frame.size(), limits::frame_bytes_max);
    auto decoded = pipeline::decode(frame);
    EXPECT_TRUE(decoded.ok()) << decoded.error().what;
    return std::get<pipeline::Completion>(std::get<pipeline::Report>(*decoded).results.at(0));
  }

  void damage() {
    if (std::uniform_real_distribution<>()(random_) >= lost_share_) return;
    auto victim = known_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(random_() % known_.size()));
    // What came from outside is beyond recovery.
    if (victim->ends_with("/i")) return;
    const auto record = store_.task(*victim);
    if (!record.ok() || record->stage == "hash_commit") return;
    ++damages_;
    if (random_() % 2 == 0) return store_.lose(*victim);
    if (record->stage != "aggregate") return;
    store_.lose(*victim, static_cast<std::uint32_t>(random_() % (victim->ends_with("/f") ? 1 : 2)));
  }

  std::uint64_t now_ms_ = 1'000'000;
  pipeline::MemoryStore store_;
  std::mt19937_64 random_;
  double lost_share_ = 0;
  std::size_t damages_ = 0;
  std::vector<pipeline::Stage> stages_;
  std::vector<pipeline::Capability> capabilities_;
  std::set<std::string> known_;
  std::vector<std::pair<std::size_t, pipeline::Task>> held_;
};

}  // namespace cairn::stages::samples
