#include <condition_variable>
#include <mutex>

#include "tests/unit/pipeline/pool_fixture.h"

namespace cairn::pipeline {
namespace {

/// Lets a test hold running stages and let them go.
class Gate {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass(const Watch& watch) {
    std::unique_lock lock(mutex_);
    while (!open_ && !watch.cancelled()) changed_.wait_for(lock, std::chrono::milliseconds(1));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

class WorkerTest : public PoolFixture {
 protected:
  WorkerOptions options() {
    WorkerOptions o;
    o.name = "real";
    o.dispatchers = {"dispatcher"};
    o.beat_ms = 10;
    o.resend_ms = 20;
    o.silent_ms = 100;
    o.grace_ms = 10'000;
    return o;
  }
  void run(WorkerOptions o, Process process) {
    worker_inbox_ = *transport_->bind("real");
    worker_ = std::make_unique<Worker>(std::move(o), Stage{"prove", std::move(process)}, *transport_,
                                       *worker_inbox_, worker_metrics_);
    thread_ = std::thread([this] {
      worker_->run(stop_);
      finished_ = true;
    });
  }
  void TearDown() override {
    stop_ = true;
    if (thread_.joinable()) {
      turn_until([&] { return finished_.load(); });
      thread_.join();
    }
  }

  Gate gate_;  // outlives the worker, whose threads may still pass it when a test ends
  std::unique_ptr<Inbox> worker_inbox_;
  std::unique_ptr<Worker> worker_;
  Metrics worker_metrics_;
  std::atomic<bool> stop_ = false, finished_ = false;
  std::thread thread_;
};

Outcome output(Bytes bytes) {
  Outcome o;
  o.output = std::move(bytes);
  return o;
}

TEST_F(WorkerTest, ComputesAllTasks) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 200; ++i) specs.push_back(spec("t" + std::to_string(i), static_cast<std::uint64_t>(i)));
  enqueue(specs);
  WorkerOptions o = options();
  o.slots = 2;
  o.prefetch = 6;
  run(o, [](const Task&, Watch&) -> Result<Outcome> { return output({1}); });
  EXPECT_TRUE(turn_until([&] { return counts().done_total == 200; }));
  EXPECT_EQ(counts().stale_total, 0u);
}

TEST_F(WorkerTest, ResultsDoNotWaitForABeat) {
  enqueue({spec("a"), spec("b"), spec("c"), spec("d")});
  WorkerOptions o = options();
  o.slots = 4;
  o.beat_ms = 15'000;  // beyond the patience of turn_until
  o.silent_ms = 60'000;
  run(o, [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    return Outcome{};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 4; }));
  gate_.open();
  EXPECT_TRUE(turn_until([&] { return counts().done_total == 4; }));
  stop_ = true;
  worker_inbox_->outbox_here()->send(encode(Hint{"prove"}));
}

TEST_F(WorkerTest, FollowsAChainOfTasksAndFeeds) {
  TaskSpec join = spec("join");
  join.waits_on = 2;
  TaskSpec left = spec("left"), right = spec("right");
  left.feed = Feed{"join", 0};
  right.feed = Feed{"join", 1};
  enqueue({join, left, right});
  std::mutex mutex;
  Bytes joined;
  run(options(), [&](const Task& task, Watch&) -> Result<Outcome> {
    if (task.id != "join") return output(copy(task.id));
    std::lock_guard lock(mutex);
    joined = task.inputs.at(0);
    append(joined, task.inputs.at(1));
    return Outcome{};
  });
  EXPECT_TRUE(turn_until([&] { return counts().done_total == 3; }));
  std::lock_guard lock(mutex);
  EXPECT_EQ(text(joined), "leftright");
}

TEST_F(WorkerTest, BeatsWhileItComputes) {
  enqueue({spec("a")});
  run(options(), [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    return Outcome{};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 1; }));
  // Three leases pass in the store's time, a beat in each.
  for (int i = 0; i < 5; ++i) {
    skipped_ms_ += 600;
    const std::int64_t beaten = steady_ms() + 40;
    ASSERT_TRUE(turn_until([&] { return steady_ms() > beaten; }));
  }
  gate_.open();
  ASSERT_TRUE(turn_until([&] { return counts().done_total == 1; }));
  EXPECT_EQ(counts().leases_lost_total, 0u);
}

TEST_F(WorkerTest, ATaskThatTheStoreNoLongerGivesItIsStopped) {
  enqueue({spec("a")});
  std::atomic<int> cancelled = 0;
  run(options(), [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    if (!watch.cancelled()) return Outcome{};
    ++cancelled;
    return Error{Code::cancelled, "stopped"};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 1; }));
  const Fence fence = store_.task("a")->fence;
  ASSERT_TRUE(store_.fail("prove", {"a", fence, FailKind::permanent, "test"}).ok());
  EXPECT_TRUE(turn_until([&] { return cancelled == 1; }));
  EXPECT_EQ(store_.task("a")->state, TaskState::dead);
}

TEST_F(WorkerTest, ErrorsBecomeFailuresByTheirCode) {
  enqueue({spec("permanent", 1), spec("transient", 2), spec("thrown", 3)});
  run(options(), [](const Task& task, Watch&) -> Result<Outcome> {
    if (task.id == "permanent") return Error{Code::invalid_input, "bad circuit"};
    if (task.id == "transient" && task.attempt == 1) return Error{Code::failed, "once"};
    if (task.id == "thrown" && task.attempt == 1) throw std::runtime_error("surprise");
    return Outcome{};
  });
  EXPECT_TRUE(turn_until([&] { return counts().done_total == 2 && counts().dead == 1; }));
  EXPECT_EQ(store_.task("permanent")->attempts, 1u) << "permanent failures are not tried again";
}

TEST_F(WorkerTest, AnOutcomeBeyondTheLimitsIsAFailureWithItsName) {
  enqueue({spec("a")});
  run(options(),
      [](const Task&, Watch&) -> Result<Outcome> { return output(Bytes(limits::value_bytes_max + 1)); });
  ASSERT_TRUE(turn_until([&] { return counts().dead == 1; }));
  EXPECT_NE(store_.task("a")->reason.find("too large"), std::string::npos);
}

TEST_F(WorkerTest, ResultsSurviveADispatcherThatIsKilled) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 60; ++i) specs.push_back(spec("t" + std::to_string(i)));
  enqueue(specs);
  std::atomic<int> runs = 0;
  WorkerOptions o = options();
  o.slots = 2;
  run(o, [&](const Task&, Watch&) -> Result<Outcome> {
    ++runs;
    return Outcome{};
  });
  for (int i = 0; i < 6; ++i) {
    const auto goal = static_cast<std::uint64_t>(10 * i);
    ASSERT_TRUE(turn_until([&] { return counts().done_total >= goal; }));
    restart_dispatcher();
  }
  ASSERT_TRUE(turn_until([&] { return counts().done_total == 60; }));
  EXPECT_EQ(counts().stale_total, 0u);
  EXPECT_EQ(runs, 60) << "no result was computed twice";
}

TEST_F(WorkerTest, ASecondTaskForABusyWorkerGoesBackAtOnce) {
  run(options(), [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    return Outcome{};
  });
  enqueue({spec("a")});
  ASSERT_TRUE(turn_until([&] { return counts().leased == 1; }));
  // A dispatcher with wrong ideas about its credit sends one more.
  enqueue({spec("b")});
  Exchange lease{"prove", "someone", {}, 1};
  const Task b = store_.exchange(lease)->leased.at(0);
  const auto outbox = *transport_->connect("real");
  Orders orders;
  orders.tasks = {b};
  ASSERT_TRUE(outbox->send(encode(orders)));
  EXPECT_TRUE(turn_until([&] { return counts().ready == 1; }));
  EXPECT_EQ(store_.task("b")->attempts, 0u);
  EXPECT_EQ(store_.task("b")->deaths, 0u);
  gate_.open();
}

TEST_F(WorkerTest, MoreResultsThanAFrameTakesGoInSeveral) {
  constexpr std::size_t tasks = kTasksMax + 300;
  std::vector<TaskSpec> specs;
  for (std::size_t i = 0; i < tasks; ++i) specs.push_back(spec("t" + std::to_string(i)));
  enqueue(specs);
  const auto outbox = *transport_->connect("real");
  worker_inbox_ = *transport_->bind("real");
  WorkerOptions o = options();
  o.own_threads = false;
  worker_ = std::make_unique<Worker>(o, Stage{"prove", {}}, *transport_, *worker_inbox_, worker_metrics_);
  // A dispatcher with wrong ideas about its credit: all but one come back at once.
  for (std::size_t sent = 0; sent < tasks;) {
    Orders orders;
    orders.tasks =
        store_.exchange({"prove", "real", {}, static_cast<std::uint32_t>(std::min(tasks - sent, kTasksMax))})
            ->leased;
    sent += orders.tasks.size();
    ASSERT_TRUE(outbox->send(encode(orders)));
  }
  EXPECT_TRUE(turn_until([&] {
    worker_->turn(false, 0);
    return counts().ready + counts().leased == tasks && counts().leased <= 1;
  }));
  EXPECT_NE(metrics_.text().find("cairn_frames_refused_total{stage=\"prove\"} 0"), std::string::npos);
}

TEST_F(WorkerTest, DrainFinishesWhatRunsAndHandsBackWhatWaits) {
  enqueue({spec("a", 1), spec("b", 2), spec("c", 3)});
  std::atomic<int> started = 0;
  WorkerOptions o = options();
  o.prefetch = 2;
  run(o, [&](const Task&, Watch& watch) -> Result<Outcome> {
    ++started;
    gate_.pass(watch);
    return Outcome{};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 3 && started == 1; }));
  stop_ = true;
  ASSERT_TRUE(turn_until([&] { return counts().ready == 2; })) << "queued tasks go back at once";
  gate_.open();
  ASSERT_TRUE(turn_until([&] { return finished_.load(); }));
  EXPECT_EQ(counts().done_total, 1u);
  EXPECT_EQ(counts().leases_lost_total, 0u);
  EXPECT_EQ(started, 1);
}

TEST_F(WorkerTest, AnIdleWorkerLeavesOnlyWhenTheDispatcherKnows) {
  run(options(), [](const Task&, Watch&) -> Result<Outcome> { return Outcome{}; });
  ASSERT_TRUE(turn_until([&] { return worker_->connected(); }));
  stop_ = true;
  ASSERT_TRUE(turn_until([&] { return finished_.load(); }));
  enqueue({spec("a")});
  for (int i = 0; i < 10; ++i) dispatcher_->turn(1);
  EXPECT_EQ(counts().ready, 1u) << "a task sent to a worker that has gone waits for its lease to expire";
}

TEST_F(WorkerTest, AnIdleWorkerDoesNotWaitForADispatcherThatHasGone) {
  WorkerOptions o = options();
  o.settle_ms = 3'600'000;
  run(o, [](const Task&, Watch&) -> Result<Outcome> { return Outcome{}; });
  ASSERT_TRUE(turn_until([&] { return worker_->connected(); }));
  dispatcher_.reset();
  inbox_.reset();
  stop_ = true;
  const std::int64_t until = steady_ms() + 60'000;
  while (!finished_ && steady_ms() < until) std::this_thread::yield();
  ASSERT_TRUE(finished_);
  thread_.join();
}

TEST_F(WorkerTest, WhatIsHandedBackWaitsForADispatcherThatHangs) {
  enqueue({spec("a")});
  WorkerOptions o = options();
  o.grace_ms = 0;
  o.settle_ms = 60'000;
  run(o, [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    return Error{Code::cancelled, "stopped"};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 1; }));
  stop_ = true;
  const std::int64_t until = steady_ms() + 5 * o.silent_ms;  // nobody reads what the worker says
  while (!finished_ && steady_ms() < until) std::this_thread::yield();
  EXPECT_FALSE(finished_);
  ASSERT_TRUE(turn_until([&] { return finished_.load(); }));
  EXPECT_EQ(counts().ready, 1u);
  EXPECT_EQ(counts().leased, 0u);
}

TEST_F(WorkerTest, DrainHandsBackWhatOutlastsTheGrace) {
  enqueue({spec("a")});
  WorkerOptions o = options();
  o.grace_ms = 20;
  run(o, [&](const Task&, Watch& watch) -> Result<Outcome> {
    gate_.pass(watch);
    return Error{Code::cancelled, "stopped"};
  });
  ASSERT_TRUE(turn_until([&] { return counts().leased == 1; }));
  stop_ = true;
  ASSERT_TRUE(turn_until([&] { return finished_.load(); }));
  EXPECT_EQ(counts().ready, 1u);
  EXPECT_EQ(store_.task("a")->deaths, 0u);
  EXPECT_EQ(counts().leases_lost_total, 0u);
}

}  // namespace
}  // namespace cairn::pipeline
