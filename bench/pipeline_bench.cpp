// How fast the runtime moves tasks that do nothing: real Redis (AOF everysec), real sockets, real
// processes. Throughput is a closed run over tasks that are all there at the start. Latency is an open
// run at half of that rate (or at --offered), measured from the moment a task should have been enqueued to
// the moment a worker starts it, so that a stall counts against every task behind it.
//
//   pipeline_bench --json [--tasks N] [--stages 1,7] [--workers 1,8,32] [--credit N] [--offered RATE]
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include "bench/pool.h"
#include "common/json.h"
#include "pipeline/messages.h"
#include "pipeline/transport_zmq.h"

namespace cairn::pipeline {
namespace {

using Setting = PoolSetting;

/// When a task was started, and when it should have been enqueued (0 where that was not measured).
struct Start {
  std::int64_t at_ns;
  std::int64_t due_ns;
  std::uint64_t height;
};

std::int64_t due_of(const Bytes& payload) {
  std::int64_t due = 0;
  if (payload.size() == sizeof due)
    std::copy(payload.begin(), payload.end(), reinterpret_cast<std::uint8_t*>(&due));
  return due;
}

/// The starts of one worker, left in `file` when it ends.
struct Starts {
  explicit Starts(std::string to) : file(std::move(to)) {}
  Starts(const Starts&) = delete;
  Starts& operator=(const Starts&) = delete;
  ~Starts() {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(all.data()),
              static_cast<std::streamsize>(all.size() * sizeof(Start)));
  }

  std::string file;
  std::mutex mutex;
  std::vector<Start> all;
};

/// Tasks that do nothing but go on to the next stage.
PoolWork noted_work(const Setting& setting, const std::string& folder) {
  PoolWork work;
  work.process = [&setting, folder](std::size_t stage, std::uint32_t number) -> Process {
    const auto starts = std::make_shared<Starts>(folder + "/" + setting.stages[stage] + "-w" +
                                                 std::to_string(number) + ".starts");
    return [&setting, stage, starts](const Task& task, Watch&) -> Result<Outcome> {
      {
        std::lock_guard lock(starts->mutex);
        starts->all.push_back({now_ns(), due_of(task.payload), task.height});
      }
      Outcome outcome;
      if (stage + 1 < setting.stages.size()) {
        TaskSpec next;
        next.id = task.id + "." + std::to_string(stage + 1);
        next.stage = setting.stages[stage + 1];
        next.height = task.height;
        outcome.emits.push_back(std::move(next));
      }
      return outcome;
    };
  };
  return work;
}

std::vector<Start> read_starts(const Setting& setting, const std::string& folder, std::size_t stage) {
  std::vector<Start> out;
  for (std::uint32_t w = 0; w < setting.workers; ++w) {
    std::ifstream in(folder + "/" + setting.stages[stage] + "-w" + std::to_string(w) + ".starts",
                     std::ios::binary);
    for (Start start; in.read(reinterpret_cast<char*>(&start), sizeof start);) out.push_back(start);
  }
  std::sort(out.begin(), out.end(), [](const Start& a, const Start& b) { return a.at_ns < b.at_ns; });
  return out;
}

/// At the start of a task, the tasks of lower height that nobody had started: the most over all starts.
/// Tasks are leased by height, so that each of them was in the hands of another worker: with leases in
/// order it is less than the credit in flight. Requires heights 0 … n-1, all ready before the first start.
std::uint64_t worst_inversion(const std::vector<Start>& starts, std::uint64_t n) {
  std::vector<std::uint64_t> started(n + 1);  // sums of a binary indexed tree
  std::vector<bool> seen(n);
  std::uint64_t worst = 0;
  for (const Start& start : starts) {
    std::uint64_t lower = 0;
    for (std::uint64_t i = start.height; i > 0; i -= i & (~i + 1)) lower += started[i];
    worst = std::max(worst, start.height - lower);
    if (seen[start.height]) continue;
    seen[start.height] = true;
    for (std::uint64_t i = start.height + 1; i <= n; i += i & (~i + 1)) ++started[i];
  }
  return worst;
}

/// Calls of functions, which is all that the pool asks Redis for while tasks run.
std::uint64_t function_calls(const test::RedisServer& redis) {
  const std::string text = redis.command({"INFO", "commandstats"}), key = "cmdstat_fcall:calls=";
  const auto at = text.find(key);
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + key.size(), nullptr, 10);
}

/// Calls of all commands, those inside functions included.
std::uint64_t command_calls(const test::RedisServer& redis) {
  const std::string text = redis.command({"INFO", "commandstats"});
  std::uint64_t sum = 0;
  for (std::size_t at = 0; (at = text.find("calls=", at)) != std::string::npos; ++at) {
    sum += std::strtoull(text.c_str() + at + 6, nullptr, 10);
  }
  return sum;
}

TaskSpec spec_of(const Setting& setting, std::uint64_t number, std::int64_t due_ns) {
  char id[32];
  std::snprintf(id, sizeof id, "t%012llu", static_cast<unsigned long long>(number));
  TaskSpec spec;
  spec.id = id;
  spec.stage = setting.stages[0];
  spec.height = number;
  if (due_ns) {
    spec.payload.resize(sizeof due_ns);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&due_ns), sizeof due_ns, spec.payload.begin());
  }
  return spec;
}

void wait_for_done(Store& store, const Setting& setting, std::uint64_t goal) {
  while (store.counts(setting.stages.back())->done_total < goal) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// All tasks are there before the first worker starts.
Json measure_throughput(const Setting& setting, double& rate) {
  test::RedisServer redis({.maxmemory = "6gb", .aof = true});
  const test::TempDir folder;
  const auto store = *RedisStore::open(store_options(redis, setting));
  for (std::uint64_t i = 0; i < setting.tasks;) {
    std::vector<TaskSpec> batch;
    for (; batch.size() < 256 && i < setting.tasks; ++i) batch.push_back(spec_of(setting, i, 0));
    (void)*store->enqueue(batch);
  }
  const std::uint64_t requests = function_calls(redis);
  const std::uint64_t calls = command_calls(redis);
  const double redis_cpu = cpu_seconds(redis.pid());
  const Crew crew = start_crew(redis, setting, folder.path(), noted_work(setting, folder.path()));
  // The clock starts with the first finished task: starting processes is not what is measured.
  wait_for_done(*store, setting, 1);
  const std::uint64_t before = store->counts(setting.stages.back())->done_total;
  const std::int64_t begun = now_ns();
  wait_for_done(*store, setting, setting.tasks);
  const double seconds = static_cast<double>(now_ns() - begun) / 1e9;
  const auto tasks = static_cast<double>(setting.tasks);
  rate = static_cast<double>(setting.tasks - before) / seconds;
  const double dispatcher_cpu = Crew::cpu(crew.dispatchers), worker_cpu = Crew::cpu(crew.workers);
  const double redis_used = cpu_seconds(redis.pid()) - redis_cpu;
  const double steps = tasks * static_cast<double>(setting.stages.size());
  const auto requests_used = static_cast<double>(function_calls(redis) - requests);
  const auto calls_used = static_cast<double>(command_calls(redis) - calls);
  crew.end();
  const auto starts = read_starts(setting, folder.path(), 0);
  const std::uint64_t inversion = worst_inversion(starts, setting.tasks);
  const double total = dispatcher_cpu + worker_cpu + redis_used;
  return {{"tasks_per_second", rate},
          {"stage_steps_per_second", rate * static_cast<double>(setting.stages.size())},
          {"seconds", seconds},
          {"cpu_us_per_step", total / steps * 1e6},
          {"cpu_share",
           {{"redis", redis_used / total},
            {"dispatchers", dispatcher_cpu / total},
            {"workers", worker_cpu / total}}},
          {"redis_requests_per_step", requests_used / steps},
          {"redis_commands_per_step", calls_used / steps},
          {"worst_inversion", inversion},
          {"credit_in_flight", setting.credit * setting.workers},
          {"inversions_beyond_credit",
           inversion > setting.credit * setting.workers ? inversion - setting.credit * setting.workers : 0}};
}

/// Tasks arrive at `rate` per second, each hinted, whether or not the pool keeps up.
Json measure_latency(const Setting& setting, double rate, double seconds) {
  test::RedisServer redis({.maxmemory = "6gb", .aof = true});
  const test::TempDir folder;
  const auto store = *RedisStore::open(store_options(redis, setting));
  const Crew crew = start_crew(redis, setting, folder.path(), noted_work(setting, folder.path()));
  const auto transport = *make_zmq_transport(std::nullopt);
  const auto hints = *transport->connect(socket_of(folder.path(), setting.stages[0]));
  const Bytes hint = encode(Hint{setting.stages[0]});
  // One task goes all the way before the clock starts.
  (void)*store->enqueue({spec_of(setting, 0, 0)});
  wait_for_done(*store, setting, 1);

  const auto total = static_cast<std::uint64_t>(rate * seconds);
  const std::int64_t begun = now_ns();
  const auto due_at = [&](std::uint64_t i) {
    return begun + static_cast<std::int64_t>(static_cast<double>(i) / rate * 1e9);
  };
  for (std::uint64_t i = 0; i < total;) {
    std::vector<TaskSpec> batch;
    const std::int64_t now = now_ns();
    for (; i < total && due_at(i) <= now && batch.size() < 256; ++i)
      batch.push_back(spec_of(setting, i + 1, due_at(i)));
    if (batch.empty()) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      continue;
    }
    (void)*store->enqueue(batch);
    hints->send(hint);
  }
  wait_for_done(*store, setting, total + 1);
  crew.end();
  std::vector<double> ms;
  for (const Start& start : read_starts(setting, folder.path(), 0)) {
    if (start.due_ns) ms.push_back(static_cast<double>(start.at_ns - start.due_ns) / 1e6);
  }
  std::sort(ms.begin(), ms.end());
  return {{"offered_tasks_per_second", rate},
          {"dispatch_p50_ms", percentile(ms, 0.5)},
          {"dispatch_p99_ms", percentile(ms, 0.99)},
          {"dispatch_max_ms", ms.empty() ? 0 : ms.back()}};
}

struct Plan {
  std::vector<std::uint32_t> stages = {1, 7};
  std::vector<std::uint32_t> workers = {1, 8, 32};
  double offered = 0;  // tasks per second of the open runs; 0 is half of what the closed run did
  double latency_seconds = 3;
  bool json = false;
};

int run(const Plan& plan, Setting setting) {
  const std::vector<std::string> all = {"ingest",      "split",  "prove", "aggregate",
                                        "hash_commit", "reveal", "resend"};
  for (const std::uint32_t stages : plan.stages) {
    for (const std::uint32_t count : plan.workers) {
      setting.stages.assign(all.begin(), all.begin() + stages);
      // Workers in all; a stage has at least one.
      setting.workers = std::max<std::uint32_t>(1, count / stages);
      Json line = {
          {"bench", "pipeline"},      {"stages", stages},       {"workers", setting.workers * stages},
          {"credit", setting.credit}, {"tasks", setting.tasks}, {"redis", "aof everysec, unix socket"}};
      double rate = 0;
      line["throughput"] = measure_throughput(setting, rate);
      const char* const load = plan.offered > 0 ? "offered_load" : "half_load";
      line[load] = measure_latency(setting, plan.offered > 0 ? plan.offered : rate / 2, plan.latency_seconds);
      if (plan.json) {
        std::printf("%s\n", line.dump().c_str());
      } else {
        std::printf(
            "%u stage(s), %2u workers: %8.0f tasks/s, dispatch p50 %.2f ms p99 %.2f ms, inversions beyond "
            "credit %s\n",
            stages, setting.workers * stages, rate, line[load]["dispatch_p50_ms"].get<double>(),
            line[load]["dispatch_p99_ms"].get<double>(),
            line["throughput"]["inversions_beyond_credit"].dump().c_str());
      }
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace cairn::pipeline

int main(int argc, char** argv) {
  CLI::App app(
      "Example:\n  pipeline_bench --json\n\nTasks that do nothing, through one stage and through all seven.");
  cairn::pipeline::Plan plan;
  cairn::pipeline::Setting setting;
  app.add_flag("--json", plan.json, "One JSON object per measurement");
  app.add_option("--tasks", setting.tasks, "Tasks per throughput run")->capture_default_str();
  app.add_option("--stages", plan.stages, "Stage counts")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1, 7));
  app.add_option("--workers", plan.workers, "Worker counts")->delimiter(',')->capture_default_str();
  app.add_option("--credit", setting.credit, "Tasks that a worker holds at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 512));
  app.add_option("--offered", plan.offered, "Tasks per second of the latency runs; 0: half of the throughput")
      ->capture_default_str();
  app.add_option("--latency-seconds", plan.latency_seconds, "Length of a latency run")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return cairn::pipeline::run(plan, setting);
}
