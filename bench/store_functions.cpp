#include "bench/store_functions.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "bench/pool.h"
#include "common/digest.h"
#include "pipeline/redis_client.h"
#include "pipeline/store_redis.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {
namespace {

constexpr const char* kStage = "prove";
constexpr std::uint64_t kBacklogHeight = 1'000'000'000;
constexpr std::size_t kGroupTasks = 16;

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "store_bench: %s\n", what);
  std::exit(1);
}

/// Microseconds inside functions since Redis began, of the answer to INFO commandstats.
double function_us(const std::string& stats) {
  double sum = 0;
  for (const std::string line : {"cmdstat_fcall:", "cmdstat_fcall_ro:"}) {
    const std::size_t at = stats.find(line);
    if (at == std::string::npos) continue;
    const std::size_t us = stats.find("usec=", at);
    must(us != std::string::npos, "INFO commandstats reads otherwise");
    sum += std::stod(stats.substr(us + 5));
  }
  return sum;
}

class Functions {
 public:
  Functions(std::size_t backlog, std::size_t calls) : calls_(calls), admin_(redis_.client_options()) {
    store_ = open(10'000);
    hasty_ = open(1);
    while (next_ < backlog) add(std::min<std::size_t>(500, backlog - next_), kBacklogHeight);
  }

  std::vector<FunctionTime> all() {
    time("enqueue", "1 task", calls_, [&] { add(1, kBacklogHeight); });
    time("enqueue", "256 tasks", calls_ / 10, [&] { add(256, kBacklogHeight); });
    exchange(1, 1);
    exchange(8, 4);
    exchange(8, 64);
    std::vector<Store::Held> held = held_of(lease(64));
    time("renew", "64 leases", calls_, [&] { must(store_->renew(kStage, held).ok(), "renew"); });
    must(store_->hand_back(kStage, held).ok(), "hand_back");
    time(
        "hand_back", "1 lease", calls_, [&] { must(store_->hand_back(kStage, held).ok(), "hand_back"); },
        [&] { held = held_of(lease(1)); });
    Task task;
    time(
        "fail", "delayed", calls_, [&] { fail(task, FailKind::retry); }, [&] { task = lease(1).front(); });
    const auto kill = [&] { fail(task = lease(1).front(), FailKind::permanent); };
    time(
        "replay", "1 task", calls_, [&] { must(store_->replay(task.id).ok(), "replay"); }, kill);
    time(
        "drop", "1 task", calls_, [&] { must(store_->drop(task.id).ok(), "drop"); }, kill);
    for (int i = 0; i < 100; ++i) kill();
    time("dead", "100 tasks", calls_, [&] { must(store_->dead(kStage, 100).ok(), "dead"); });
    time(
        "lost", "a damaged payload, and its exchange", calls_ / 10,
        [&] {
          must(store_->exchange({kStage, "w", {}, 1}).ok(), "exchange");
        },
        [&] { add_damaged(); });
    time(
        "sweep", "100 leases to end", calls_ / 10, [&] { must(store_->sweep({kStage}).ok(), "sweep"); },
        [&] { expire(100); });
    GroupId group;
    time(
        "cancel", "a group of 16", calls_, [&] { must(store_->cancel(group).ok(), "cancel"); },
        [&] { group = add_group(); });
    for (int i = 0; i < 100; ++i) group = add_group();
    time("group", "", calls_, [&] { must(store_->group(group).ok(), "group"); });
    time("group_tasks", "16 tasks", calls_,
         [&] { must(store_->group_tasks(group, 100).ok(), "group_tasks"); });
    time("groups", "100 groups", calls_, [&] { must(store_->groups(0, UINT64_MAX, 100).ok(), "groups"); });
    time("task", "", calls_, [&] { must(store_->task(group + "/0").ok(), "task"); });
    time("counts", "", calls_, [&] { must(store_->counts(kStage).ok(), "counts"); });
    time("bytes", "", calls_, [&] { must(store_->stored_bytes().ok(), "bytes"); });
    return std::move(times_);
  }

 private:
  std::unique_ptr<RedisStore> open(std::uint64_t lease_ms) {
    RedisStoreOptions options;
    options.redis = redis_.client_options();
    options.rules.lease_ms = lease_ms;
    options.rules.deaths_max = 1'000'000;
    options.rules.depth_max = 100'000'000;
    options.rules.bytes_max = 8ull << 30;
    options.rules.done_max = 100'000;
    auto store = RedisStore::open(options);
    must(store.ok(), "cannot open the store");
    return std::move(*store);
  }

  double spent_us() {
    const auto stats = admin_.call({"INFO", "commandstats"});
    must(stats.ok(), "no INFO commandstats");
    return function_us(stats->text);
  }

  /// Calls it so many times, each after `prepare`, and takes what Redis counted meanwhile. A slow log would
  /// hold each command inside a function as well: it slows them, and grows beyond one reply.
  void time(
      const std::string& function, const std::string& what, std::size_t times,
      const std::function<void()>& call, const std::function<void()>& prepare = [] {}) {
    std::vector<double> us;
    for (std::size_t i = 0; i < times; ++i) {
      prepare();
      const double before = spent_us();
      call();
      us.push_back(spent_us() - before);
      must(us.back() > 0, "a function was not called");
    }
    must(!us.empty(), "too few calls");
    std::sort(us.begin(), us.end());
    times_.push_back({function, what, us.size(), percentile(us, 0.5), percentile(us, 0.99), us.back()});
  }

  TaskSpec spec(std::uint64_t height) {
    TaskSpec out;
    out.id = "bench/" + std::to_string(next_);
    out.stage = kStage;
    out.height = height + next_++;
    out.payload.assign(64, 7);
    return out;
  }
  void add(const std::vector<TaskSpec>& specs) {
    const auto reply = store_->enqueue(specs);
    must(reply.ok() && reply->admissions.back() == Admission::accepted, "enqueue");
  }
  void add(std::size_t count, std::uint64_t height) {
    std::vector<TaskSpec> specs;
    for (std::size_t i = 0; i < count; ++i) specs.push_back(spec(height));
    add(specs);
  }
  GroupId add_group() {
    const GroupId group = "g" + std::to_string(next_);
    std::vector<TaskSpec> specs;
    for (std::size_t i = 0; i < kGroupTasks; ++i) {
      specs.push_back(spec(kBacklogHeight));
      specs.back().id = group + "/" + std::to_string(i);
      specs.back().group = group;
    }
    add(specs);
    return group;
  }

  std::vector<Task> lease(std::uint32_t count) {
    const auto reply = store_->exchange({kStage, "w", {}, count});
    must(reply.ok() && reply->leased.size() == count, "exchange");
    return reply->leased;
  }
  static std::vector<Store::Held> held_of(const std::vector<Task>& tasks) {
    std::vector<Store::Held> out;
    for (const Task& t : tasks) out.push_back({t.id, t.fence});
    return out;
  }
  void fail(const Task& task, FailKind kind) {
    must(store_->fail(kStage, {task.id, task.fence, kind, "broken"}).ok(), "fail");
  }

  /// A steady state: what a call completes is enqueued before the next.
  void exchange(std::size_t workers, std::uint32_t batch) {
    std::vector<Exchange> turn(workers);
    for (std::size_t w = 0; w < workers; ++w) turn[w] = {kStage, "worker-" + std::to_string(w), {}, batch};
    const std::string what = std::to_string(workers * batch) + " done, as many leased";
    time(
        "exchange", what, workers * batch > 32 ? calls_ / 4 : calls_,
        [&] {
          const auto replies = store_->exchange_all(turn);
          for (std::size_t w = 0; w < workers; ++w) {
            must(replies[w].ok(), "exchange");
            turn[w].completions.clear();
            for (const Task& t : replies[w]->leased) turn[w].completions.push_back({t.id, t.fence, {}});
          }
        },
        [&] { add(workers * batch, kBacklogHeight); });
    for (Exchange& e : turn) e.lease_max = 0;
    for (const auto& reply : store_->exchange_all(turn)) must(reply.ok(), "exchange");
  }

  /// A task whose blob is damaged where its length does not show it: the lease finds out.
  void add_damaged() {
    TaskSpec s = spec(0);
    s.height = 0;
    s.payload.assign(limits::inline_bytes_max + 1, static_cast<std::uint8_t>(next_));
    const std::uint64_t tag = next_;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&tag), sizeof tag, s.payload.begin());
    add({s});
    const std::string key = "{cairn:main}:blob:" + hex(sha256(s.payload));
    must(admin_.call({"SETRANGE", key, "100", "damage"}).ok(), "cannot damage a blob");
  }

  /// Leases that have ended when it returns.
  void expire(std::uint32_t count) {
    must(hasty_->exchange({kStage, "w", {}, count}).ok(), "exchange");
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }

  std::size_t calls_;
  test::RedisServer redis_{{.maxmemory = "8gb", .aof = true}};
  RedisClient admin_;
  std::unique_ptr<RedisStore> store_;
  std::unique_ptr<RedisStore> hasty_;  // its leases end at once
  std::uint64_t next_ = 0;
  std::vector<FunctionTime> times_;
};

}  // namespace

std::vector<FunctionTime> measure_functions(std::size_t backlog, std::size_t calls) {
  return Functions(backlog, calls).all();
}

}  // namespace cairn::pipeline
