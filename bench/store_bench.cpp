// What a task costs in Redis: no-op tasks through one stage, each enqueued, leased and completed, with
// the append-only file on. Redis is a child of this program, with its own data directory.
//
//   store_bench [--json] [--tasks N] [--backlog N] [--workers N --batch N]
//   store_bench --functions [--calls N]   how long each function takes in Redis, over the backlog
#include <CLI/CLI.hpp>
#include <cstdio>
#include <sstream>

#include "bench/store_functions.h"
#include "common/clock.h"
#include "common/json.h"
#include "pipeline/store_redis.h"
#include "tests/support/redis_server.h"

namespace cairn::pipeline {
namespace {

struct Case {
  std::size_t backlog;  ///< ready tasks that stay behind
  std::size_t workers;  ///< exchanges per call
  std::size_t batch;    ///< tasks per worker and call
  std::size_t payload_bytes;
};

struct Measured {
  Case what;
  double tasks_per_s, redis_us_per_task, calls_per_task, commands_per_task, aof_bytes_per_task;
};

double info(const test::RedisServer& redis, const std::string& section, const std::string& key) {
  std::istringstream lines(redis.command({"INFO", section}));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1));
  }
  return 0;
}

/// CPU seconds of Redis's main thread since it began.
double cpu_s(const test::RedisServer& redis) {
  return info(redis, "cpu", "used_cpu_user_main_thread") + info(redis, "cpu", "used_cpu_sys_main_thread");
}

/// Calls of `function name:calls=N,` in all commandstats, or of one command.
double calls(const test::RedisServer& redis, const std::string& command) {
  std::istringstream lines(redis.command({"INFO", "commandstats"}));
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(":calls=");
    if (at == std::string::npos) continue;
    if (command.empty() || line.starts_with("cmdstat_" + command + ":"))
      sum += std::stod(line.substr(at + 7));
  }
  return sum;
}

TaskSpec task(std::uint64_t n, std::uint64_t height, std::size_t payload_bytes) {
  TaskSpec spec;
  spec.id = "bench/" + std::to_string(n);
  spec.stage = "prove";
  spec.height = height;
  spec.payload.assign(payload_bytes, 7);
  return spec;
}

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "store_bench: %s\n", what);
  std::exit(1);
}

/// Enqueues what one turn completes, then exchanges it: a steady state over the backlog.
Measured measure(const Case& c, std::size_t tasks) {
  test::RedisServer redis({.maxmemory = "8gb", .aof = true});
  RedisStoreOptions options;
  options.redis = redis.client_options();
  options.rules.depth_max = 10'000'000;
  options.rules.bytes_max = 8ull << 30;
  options.rules.done_max = 100'000;
  auto store = RedisStore::open(options);
  must(store.ok(), "cannot open the store");
  std::uint64_t next = 0;
  const auto add = [&](std::size_t count, std::uint64_t height) {
    std::vector<TaskSpec> specs;
    for (std::size_t i = 0; i < count; ++i, ++next)
      specs.push_back(task(next, height + next, c.payload_bytes));
    const auto reply = (*store)->enqueue(specs);
    must(reply.ok() && reply->admissions.back() == Admission::accepted, "enqueue failed");
  };
  while (next < c.backlog) add(500, 1'000'000'000);

  std::vector<Exchange> turn(c.workers);
  for (std::size_t w = 0; w < c.workers; ++w) {
    turn[w] = {"prove", "worker-" + std::to_string(w), {}, static_cast<std::uint32_t>(c.batch)};
  }
  const std::size_t per_turn = c.workers * c.batch;
  std::size_t done = 0;
  const double cpu_before = cpu_s(redis), calls_before = calls(redis, "fcall"),
               commands_before = calls(redis, ""),
               aof_before = info(redis, "persistence", "aof_current_size");
  const std::int64_t begun = steady_ms();
  while (done < tasks) {
    add(per_turn, 0);
    const auto replies = (*store)->exchange_all(turn);
    for (std::size_t w = 0; w < c.workers; ++w) {
      must(replies[w].ok(), "exchange failed");
      for (const Verdict v : replies[w]->verdicts) must(v == Verdict::ok, "a completion was refused");
      done += replies[w]->verdicts.size();
      turn[w].completions.clear();
      for (const Task& t : replies[w]->leased) turn[w].completions.push_back({t.id, t.fence, {}});
    }
  }
  const double n = static_cast<double>(done);
  const double seconds = static_cast<double>(steady_ms() - begun) / 1000;
  return {c,
          n / seconds,
          (cpu_s(redis) - cpu_before) * 1e6 / n,
          (calls(redis, "fcall") - calls_before) / n,
          (calls(redis, "") - commands_before) / n,
          (info(redis, "persistence", "aof_current_size") - aof_before) / n};
}

int report_functions(std::size_t backlog, std::size_t calls, bool json) {
  if (!json)
    std::printf("%-12s %-24s %7s %9s %9s %9s\n", "function", "", "calls", "p50 us", "p99 us", "max us");
  for (const FunctionTime& t : measure_functions(backlog, calls)) {
    if (json) {
      std::printf("%s\n", Json{{"bench", "store_functions"},
                               {"backlog", backlog},
                               {"function", t.function},
                               {"call", t.call},
                               {"calls", t.calls},
                               {"p50_us", t.p50_us},
                               {"p99_us", t.p99_us},
                               {"max_us", t.max_us}}
                              .dump()
                              .c_str());
    } else {
      std::printf("%-12s %-24s %7zu %9.0f %9.0f %9.0f\n", t.function.c_str(), t.call.c_str(), t.calls,
                  t.p50_us, t.p99_us, t.max_us);
    }
  }
  return 0;
}

}  // namespace
}  // namespace cairn::pipeline

int main(int argc, char** argv) {
  using namespace cairn::pipeline;
  CLI::App app("Measures what a task costs in Redis.");
  bool json = false, functions = false;
  std::size_t calls = 2'000;
  std::size_t tasks = 100'000, backlog = 1'000'000, workers = 0, batch = 1;
  app.add_flag("--json", json, "one JSON object per case");
  app.add_option("--tasks", tasks, "tasks per case");
  app.add_option("--backlog", backlog, "ready tasks in the cases with a backlog");
  app.add_option("--workers", workers, "measure only this many workers, over the backlog");
  app.add_option("--batch", batch, "tasks per worker and call, with --workers");
  app.add_flag("--functions", functions, "how long each function takes in Redis, over the backlog");
  app.add_option("--calls", calls, "calls of each function, with --functions");
  CLI11_PARSE(app, argc, argv);
  if (functions) return report_functions(backlog, calls, json);
  if (!json) {
    std::printf("%9s %8s %6s %8s %10s %14s %12s %15s %12s\n", "backlog", "workers", "batch", "payload",
                "tasks/s", "redis us/task", "calls/task", "commands/task", "aof B/task");
  }
  std::vector<Case> cases = {{0, 1, 1, 64},  {0, 1, 8, 64},   {0, 8, 1, 64},       {0, 8, 4, 64},
                             {0, 32, 2, 64}, {0, 8, 4, 4096}, {backlog, 8, 1, 64}, {backlog, 8, 4, 64}};
  if (workers > 0) cases = {{backlog, workers, batch, 64}};
  for (const Case& c : cases) {
    const Measured m = measure(c, tasks);
    if (json) {
      std::printf("%s\n", cairn::Json{{"backlog", c.backlog},
                                      {"workers", c.workers},
                                      {"batch", c.batch},
                                      {"payload_bytes", c.payload_bytes},
                                      {"tasks_per_s", m.tasks_per_s},
                                      {"redis_us_per_task", m.redis_us_per_task},
                                      {"calls_per_task", m.calls_per_task},
                                      {"commands_per_task", m.commands_per_task},
                                      {"aof_bytes_per_task", m.aof_bytes_per_task}}
                              .dump()
                              .c_str());
    } else {
      std::printf("%9zu %8zu %6zu %8zu %10.0f %14.2f %12.3f %15.2f %12.0f\n", c.backlog, c.workers, c.batch,
                  c.payload_bytes, m.tasks_per_s, m.redis_us_per_task, m.calls_per_task, m.commands_per_task,
                  m.aof_bytes_per_task);
    }
    std::fflush(stdout);
  }
}
