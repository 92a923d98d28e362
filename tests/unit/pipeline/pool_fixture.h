// One dispatcher in memory, driven turn by turn; the test plays its workers or runs real ones.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <thread>

#include "common/clock.h"
#include "pipeline/dispatcher.h"
#include "pipeline/store_memory.h"
#include "pipeline/transport_memory.h"
#include "pipeline/worker.h"

namespace cairn::pipeline {

/// Counts the calls that exchange work, and can be slow and away.
class CountedStore final : public MemoryStore {
 public:
  using MemoryStore::MemoryStore;
  Result<EnqueueReply> enqueue(const std::vector<TaskSpec>& specs) override {
    return call<Result<EnqueueReply>>([&] { return MemoryStore::enqueue(specs); });
  }
  std::vector<Result<ExchangeReply>> exchange_all(const std::vector<Exchange>& all) override {
    ++exchanges;
    if (!pass()) return {all.size(), Result<ExchangeReply>(kAway)};
    return MemoryStore::exchange_all(all);
  }
  Result<std::vector<Verdict>> renew(const std::string& stage, const std::vector<Held>& held) override {
    return call<Result<std::vector<Verdict>>>([&] { return MemoryStore::renew(stage, held); });
  }
  Result<Verdict> fail(const std::string& stage, const Failure& failure) override {
    return call<Result<Verdict>>([&] { return MemoryStore::fail(stage, failure); });
  }
  Result<std::vector<Verdict>> hand_back(const std::string& stage, const std::vector<Held>& held) override {
    return call<Result<std::vector<Verdict>>>([&] { return MemoryStore::hand_back(stage, held); });
  }
  Result<std::vector<std::string>> sweep(const std::vector<std::string>& stages) override {
    return call<Result<std::vector<std::string>>>([&] { return MemoryStore::sweep(stages); });
  }

  std::size_t exchanges = 0;
  std::size_t calls = 0;        ///< of those that change something
  bool away = false;            ///< each call fails
  std::int64_t call_ms = 0;     ///< that each call takes, by the clock of the dispatcher
  std::int64_t elapsed_ms = 0;  ///< that they have taken

 private:
  inline static const Error kAway{Code::unavailable, "the store is away"};

  bool pass() {
    ++calls;
    elapsed_ms += call_ms;
    return !away;
  }
  template <class Reply, class Call>
  Reply call(Call call) {
    return pass() ? call() : Reply(kAway);
  }
};

class PoolFixture : public testing::Test {
 protected:
  PoolFixture() { restart_dispatcher(); }

  static TaskSpec spec(const std::string& id, std::uint64_t height = 1) {
    TaskSpec s;
    s.id = id;
    s.stage = "prove";
    s.height = height;
    return s;
  }
  void enqueue(const std::vector<TaskSpec>& specs) {
    const auto reply = store_.enqueue(specs);
    ASSERT_TRUE(reply.ok());
    for (const Admission a : reply->admissions) ASSERT_EQ(a, Admission::accepted);
  }

  /// As if it had been killed and started again.
  void restart_dispatcher(std::int64_t poll_ms = 5) {
    dispatcher_.reset();
    inbox_.reset();
    inbox_ = *transport_->bind("dispatcher");
    DispatcherOptions options;
    options.stage = "prove";
    options.poll_ms = poll_ms;
    options.worker_lost_ms = std::max<std::int64_t>(poll_ms, 200);
    options.now_ms = [this] { return now_ms() + store_.elapsed_ms; };
    options.admit = [](ByteView line) -> Result<TaskSpec> {
      if (line.empty()) return Error{Code::invalid_input, "field \"x\" is missing"};
      TaskSpec s = spec(std::string(text(line)));
      s.group = s.id;
      return s;
    };
    dispatcher_ = std::make_unique<Dispatcher>(options, store_, *transport_, *inbox_, metrics_);
  }
  /// From now on a millisecond passes with each turn, however long it takes.
  void play_time() { played_ms_ = steady_ms(); }
  std::int64_t now_ms() const { return played_ms_.value_or(steady_ms()); }
  void turn(std::int64_t wait_ms = 0) {
    if (played_ms_) ++*played_ms_;
    dispatcher_->turn(wait_ms);
  }
  /// Turns until `done`; false when patience ends first.
  bool turn_until(const std::function<bool()>& done) {
    const std::int64_t until = steady_ms() + 60'000;
    while (!done()) {
      if (steady_ms() > until) return false;
      turn(1);
    }
    return true;
  }
  StageCounts counts() { return *store_.counts("prove"); }

  std::unique_ptr<Transport> transport_ = make_memory_transport();
  std::optional<std::int64_t> played_ms_;
  std::uint64_t skipped_ms_ = 0;
  CountedStore store_{StoreRules{.lease_ms = 1000, .attempts_max = 2, .deaths_max = 2, .backoff_ms = 1},
                      [this] { return static_cast<std::uint64_t>(now_ms()) + skipped_ms_; }};
  Metrics metrics_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

/// A worker played by the test: it says exactly what the test tells it to say.
class PlayedWorker {
 public:
  PlayedWorker(Transport& transport, const std::string& name, std::uint32_t credit)
      : inbox_(*transport.bind(name)), outbox_(*transport.connect("dispatcher")) {
    report_.worker = name;
    report_.stage = "prove";
    report_.endpoint = name;
    report_.credit = credit;
  }
  /// Reports the tasks that it holds and these results.
  void say(std::vector<TaskResult> results = {}) {
    for (const TaskResult& r : results) {
      std::erase_if(report_.running, [&](const Running& x) { return x.fence == result_fence(r); });
    }
    report_.results = std::move(results);
    ASSERT_TRUE(outbox_->send(encode(report_)));
  }
  /// All that has arrived; tasks are held from now on.
  Orders hear() {
    Orders all;
    while (const auto frame = inbox_->receive(0)) {
      const auto message = decode(*frame);
      EXPECT_TRUE(message.ok());
      const Orders& orders = std::get<Orders>(*message);
      all.tasks.insert(all.tasks.end(), orders.tasks.begin(), orders.tasks.end());
      all.settled.insert(all.settled.end(), orders.settled.begin(), orders.settled.end());
      all.stops.insert(all.stops.end(), orders.stops.begin(), orders.stops.end());
    }
    for (const Task& t : all.tasks) report_.running.push_back({t.id, t.fence, 0});
    return all;
  }
  Report& report() { return report_; }

 private:
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Outbox> outbox_;
  Report report_;
};

}  // namespace cairn::pipeline
