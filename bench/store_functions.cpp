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
constexpr const char* kPrefix = "cairn_v1_";
constexpr std::uint64_t kBacklogHeight = 1'000'000'000;
constexpr std::size_t kGroupTasks = 16;

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "store_bench: %s\n", what);
  std::exit(1);
}

class Functions {
 public:
  Functions(std::size_t backlog, std::size_t calls) : calls_(calls), admin_(redis_.client_options()) {
    store_ = open(10'000);
    hasty_ = open(1);
    while (next_ < backlog) add(std::min<std::size_t>(500, backlog - next_), kBacklogHeight);
    must(admin_.call({"CONFIG", "SET", "slowlog-max-len", "1000000"}).ok(), "no slow log");
    must(admin_.call({"CONFIG", "SET", "slowlog-log-slower-than", "0"}).ok(), "no slow log");
  }

  std::vector<FunctionTime> all() {
    time("enqueue", "1 task", [&] { add(1, kBacklogHeight); });
    time(
        "enqueue", "256 tasks", [&] { add(256, kBacklogHeight); }, calls_ / 10);
    exchange(1, 1);
    exchange(8, 4);
    exchange(8, 64);
    const auto held = held_of(lease(64));
    time("renew", "64 leases", [&] { must(store_->renew(kStage, held).ok(), "renew"); });
    must(store_->hand_back(kStage, held).ok(), "hand_back");
    time("hand_back", "1 lease",
         [&] { must(store_->hand_back(kStage, held_of(lease(1))).ok(), "hand_back"); });
    time("fail", "delayed", [&] { fail(FailKind::retry); });
    time("replay", "1 task", [&] { must(store_->replay(fail(FailKind::permanent)).ok(), "replay"); });
    time("drop", "1 task", [&] { must(store_->drop(fail(FailKind::permanent)).ok(), "drop"); });
    for (int i = 0; i < 100; ++i) (void)fail(FailKind::permanent);
    time("dead", "100 tasks", [&] { must(store_->dead(kStage, 100).ok(), "dead"); });
    time(
        "lost", "a damaged payload", [&] { lose(); }, calls_ / 10);
    time(
        "sweep", "100 leases to end", [&] { expire(100); }, calls_ / 10);
    time("cancel", "a group of 16", [&] { must(store_->cancel(add_group()).ok(), "cancel"); });
    GroupId group;
    for (int i = 0; i < 100; ++i) group = add_group();
    time("group", "", [&] { must(store_->group(group).ok(), "group"); });
    time("group_tasks", "16 tasks", [&] { must(store_->group_tasks(group, 100).ok(), "group_tasks"); });
    time("groups", "100 groups", [&] { must(store_->groups(0, UINT64_MAX, 100).ok(), "groups"); });
    time("task", "", [&] { must(store_->task(group + "/0").ok(), "task"); });
    time("counts", "", [&] { must(store_->counts(kStage).ok(), "counts"); });
    time("bytes", "", [&] { must(store_->stored_bytes().ok(), "bytes"); });
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

  /// Calls it so many times, and takes from the slow log what this function took each time.
  void time(const std::string& function, const std::string& what, const std::function<void()>& call,
            std::size_t times = 0) {
    must(admin_.call({"SLOWLOG", "RESET"}).ok(), "no slow log");
    for (std::size_t i = 0; i < (times > 0 ? times : calls_); ++i) call();
    const auto log = admin_.call({"SLOWLOG", "GET", "-1"});
    must(log.ok(), "no slow log");
    std::vector<double> us;
    for (const Reply& entry : log->items) {
      const auto& words = entry.items.at(3).items;  // number, time, microseconds, arguments, …
      if (words.size() > 1 && words[1].text == kPrefix + function)
        us.push_back(static_cast<double>(entry.items[2].integer));
    }
    must(!us.empty(), "a function was not called");
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
  TaskId fail(FailKind kind) {
    const Task task = lease(1).front();
    must(store_->fail(kStage, {task.id, task.fence, kind, "broken"}).ok(), "fail");
    return task.id;
  }

  /// A steady state: what a call completes is enqueued before the next.
  void exchange(std::size_t workers, std::uint32_t batch) {
    std::vector<Exchange> turn(workers);
    for (std::size_t w = 0; w < workers; ++w) turn[w] = {kStage, "worker-" + std::to_string(w), {}, batch};
    const std::string what = std::to_string(workers * batch) + " done, as many leased";
    time(
        "exchange", what,
        [&] {
          add(workers * batch, kBacklogHeight);
          const auto replies = store_->exchange_all(turn);
          for (std::size_t w = 0; w < workers; ++w) {
            must(replies[w].ok(), "exchange");
            turn[w].completions.clear();
            for (const Task& t : replies[w]->leased) turn[w].completions.push_back({t.id, t.fence, {}});
          }
        },
        workers * batch > 32 ? calls_ / 4 : calls_);
    for (Exchange& e : turn) e.lease_max = 0;
    for (const auto& reply : store_->exchange_all(turn)) must(reply.ok(), "exchange");
  }

  /// A task whose blob is damaged where its length does not show it, and the lease that finds out.
  void lose() {
    TaskSpec s = spec(0);
    s.height = 0;
    s.payload.assign(limits::inline_bytes_max + 1, static_cast<std::uint8_t>(next_));
    const std::uint64_t tag = next_;
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&tag), sizeof tag, s.payload.begin());
    add({s});
    const std::string key = "{cairn:main}:blob:" + hex(sha256(s.payload));
    must(admin_.call({"SETRANGE", key, "100", "damage"}).ok(), "cannot damage a blob");
    must(store_->exchange({kStage, "w", {}, 1}).ok(), "exchange");
  }

  /// Leases that have ended by the time of the sweep.
  void expire(std::uint32_t count) {
    must(hasty_->exchange({kStage, "w", {}, count}).ok(), "exchange");
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    must(store_->sweep({kStage}).ok(), "sweep");
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
