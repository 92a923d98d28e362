// Cairn beside BullMQ. See bench/peer/README.md; bench/peer/run starts it.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

#include "bench/peer/measure.h"
#include "common/json.h"

namespace cairn::peer {
namespace {

constexpr int kNotInstalled = 69;

struct Plan {
  bool json = false, quick = false;
  std::uint32_t runs = 5;
  std::uint64_t tasks = 12'000;   // of a saturated run
  std::uint64_t warm_up = 3'000;  // tasks
  double warm_seconds = 1, seconds = 2;
  std::uint32_t workers = 3, concurrency = 32;
  std::vector<std::string> shapes = {"single", "flow"};
  std::vector<std::uint32_t> work_ms = {0, 1};
  bool shared = false;
  std::string only;

  std::vector<System> systems() const {
    if (only == "cairn") return {System::cairn};
    if (only == "bullmq") return {System::bullmq};
    return {System::cairn, System::bullmq};
  }
};

struct Spread {
  double median = 0, min = 0, max = 0;
};

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return {(values[(n - 1) / 2] + values[n / 2]) / 2, values.front(), values.back()};
}

Json to_json(const Spread& s) { return {{"median", s.median}, {"min", s.min}, {"max", s.max}}; }

/// Run by run, one system's number divided by the other's.
Spread ratio(const std::vector<double>& of, const std::vector<double>& to) {
  std::vector<double> out;
  for (std::size_t i = 0; i < std::min(of.size(), to.size()); ++i) out.push_back(of[i] / to[i]);
  return spread_of(out);
}

struct Numbers {
  std::vector<double> rate, p50, p99;  // by run
};

/// All measurements of one case.
class Comparison {
 public:
  Comparison(const Plan& plan, const Case& c) : plan_(plan), case_(c) {}

  Status measure() {
    const std::uint64_t count = std::max<std::uint64_t>(1, plan_.tasks / case_.tasks_each());
    const std::uint64_t warm_up = std::max<std::uint64_t>(1, plan_.warm_up / case_.tasks_each());
    case_.ready_max = count + warm_up;
    CAIRN_TRY(in_turn([&](System system, std::uint32_t run) -> Status {
      const auto m = measure_saturated(system, case_, count, warm_up);
      if (!m.ok()) return m.error();
      numbers_[system].rate.push_back(m->tasks_per_second);
      print(line(system, run, "saturated"), {{"tasks", count * case_.tasks_each()},
                                             {"tasks_per_second", m->tasks_per_second},
                                             {"seconds", m->seconds},
                                             {"cpu_us_per_task", m->cpu_us_per_task},
                                             {"redis_cpu_us_per_task", m->redis_cpu_us_per_task}});
      return {};
    }));
    double slower = 1e300;
    for (const System system : plan_.systems())
      slower = std::min(slower, spread_of(numbers_[system].rate).median);
    const double rate = slower / 2;
    case_.ready_max = warm_up + static_cast<std::uint64_t>(rate * (plan_.warm_seconds + plan_.seconds)) + 1;
    return in_turn([&](System system, std::uint32_t run) -> Status {
      const auto m = measure_latency(system, case_, rate, plan_.warm_seconds, plan_.seconds, warm_up);
      if (!m.ok()) return m.error();
      numbers_[system].p50.push_back(m->p50_ms);
      numbers_[system].p99.push_back(m->p99_ms);
      print(line(system, run, "half_load"), {{"offered_tasks_per_second", m->offered_tasks_per_second},
                                             {"p50_ms", m->p50_ms},
                                             {"p99_ms", m->p99_ms},
                                             {"max_ms", m->max_ms}});
      return {};
    });
  }

  void conclude() {
    const Numbers &cairn = numbers_[System::cairn], &bullmq = numbers_[System::bullmq];
    const bool both = plan_.systems().size() == 2;
    const Spread faster = ratio(cairn.rate, bullmq.rate), p50 = ratio(bullmq.p50, cairn.p50),
                 p99 = ratio(bullmq.p99, cairn.p99);
    if (plan_.json) {
      if (!both) return;
      print(line(std::nullopt, 0, "ratio"),
            {{"tasks_per_second", to_json(faster)}, {"p50", to_json(p50)}, {"p99", to_json(p99)}});
      return;
    }
    std::printf("%-20s %9.0f %9.0f", case_.name().c_str(), spread_of(cairn.rate).median,
                spread_of(bullmq.rate).median);
    if (both) std::printf("  %5.2f (%.2f-%.2f)", faster.median, faster.min, faster.max);
    std::printf("  %8.2f %8.2f %8.2f %8.2f", spread_of(cairn.p50).median, spread_of(bullmq.p50).median,
                spread_of(cairn.p99).median, spread_of(bullmq.p99).median);
    if (both) std::printf("  %5.2f (%.2f-%.2f)", p99.median, p99.min, p99.max);
    std::printf("\n");
    std::fflush(stdout);
  }

 private:
  /// Each run of both systems, side by side; who begins changes.
  template <class Measure>
  Status in_turn(Measure measure) {
    for (std::uint32_t run = 1; run <= plan_.runs; ++run) {
      std::vector<System> systems = plan_.systems();
      if (run % 2 == 0) std::reverse(systems.begin(), systems.end());
      for (const System system : systems) {
        if (const Status done = measure(system, run); !done.ok()) {
          return Error{done.error().code,
                       std::string(name_of(system)) + ", " + case_.name() + ": " + done.error().what};
        }
      }
    }
    return {};
  }

  Json line(std::optional<System> system, std::uint32_t run, const char* kind) const {
    Json out = {{"bench", "peer"},
                {"kind", kind},
                {"shape", case_.flow ? "flow" : "single"},
                {"work_ms", case_.work_ms},
                {"workers", case_.workers},
                {"concurrency", case_.concurrency}};
    if (system) out["system"] = name_of(*system);
    if (run > 0) out["run"] = run;
    return out;
  }

  void print(Json out, const Json& more) const {
    if (!plan_.json) return;
    out.update(more);
    std::printf("%s\n", out.dump().c_str());
    std::fflush(stdout);
  }

  const Plan& plan_;
  Case case_;
  std::map<System, Numbers> numbers_;
};

void print_setting(const Plan& plan) {
  std::string node = test::run({"node", "--version"}).out;
  while (!node.empty() && node.back() == '\n') node.pop_back();
  const std::string bullmq = bullmq_version();
  if (plan.json) {
    std::printf("%s\n", Json{{"bench", "peer"},
                             {"kind", "setting"},
                             {"runs", plan.runs},
                             {"bullmq", bullmq},
                             {"node", node},
                             {"redis", "aof everysec, unix socket, an empty directory for each measurement"}}
                            .dump()
                            .c_str());
  } else {
    std::printf(
        "bullmq %s, node %s; %u runs, %u workers with %u tasks each; medians, ratios run by run with least "
        "and most\n",
        bullmq.empty() ? "not installed" : bullmq.c_str(), node.c_str(), plan.runs, plan.workers,
        plan.concurrency);
    std::printf("%-20s %9s %9s  %-18s  %8s %8s %8s %8s  %s\n", "", "cairn/s", "bullmq/s", "times as many",
                "p50 ms", "bullmq", "p99 ms", "bullmq", "p99 bullmq/cairn");
  }
  std::fflush(stdout);
}

int run(const Plan& plan) {
  if (plan.only != "cairn" && bullmq_version().empty()) {
    std::fprintf(stderr, "BullMQ is not installed: ops/install --peer, or --only cairn\n");
    return kNotInstalled;
  }
  print_setting(plan);
  for (const std::string& shape : plan.shapes) {
    for (const std::uint32_t work_ms : plan.work_ms) {
      if (plan.quick && (shape == "flow") != (work_ms > 0)) continue;
      Case c;
      c.flow = shape == "flow";
      c.work_ms = work_ms;
      c.workers = plan.workers;
      c.concurrency = plan.concurrency;
      c.shared = plan.shared;
      Comparison comparison(plan, c);
      if (const Status done = comparison.measure(); !done.ok()) {
        std::fprintf(stderr, "peer_bench: %s\n", done.error().what.c_str());
        return 1;
      }
      comparison.conclude();
    }
  }
  return 0;
}

}  // namespace
}  // namespace cairn::peer

int main(int argc, char** argv) {
  CLI::App app(
      "Example:\n  bench/peer/run --json\n\nCairn and BullMQ in turn, with the same tasks on the same "
      "Redis.");
  cairn::peer::Plan plan;
  app.add_flag("--json", plan.json, "One JSON object per measurement");
  app.add_flag("--quick", plan.quick, "One short run of two cases, to see that all of it works");
  auto* runs = app.add_option("--runs", plan.runs, "Runs of each system and case")
                   ->capture_default_str()
                   ->check(CLI::Range(1, 100));
  auto* tasks = app.add_option("--tasks", plan.tasks, "Tasks of a run without pauses")
                    ->capture_default_str()
                    ->check(CLI::Range(1, 10'000'000));
  app.add_option("--seconds", plan.seconds, "Measured length of a run at half load")->capture_default_str();
  app.add_option("--workers", plan.workers, "Worker processes; with flows a multiple of 3")
      ->capture_default_str()
      ->check(CLI::Range(1, 96));
  app.add_option("--concurrency", plan.concurrency, "Tasks that a worker holds")
      ->capture_default_str()
      ->check(CLI::Range(1, 512));
  app.add_option("--shapes", plan.shapes, "single, flow")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"single", "flow"}));
  app.add_option("--work-ms", plan.work_ms, "How long a task waits; 0 is a task that does nothing")
      ->delimiter(',')
      ->capture_default_str();
  app.add_flag("--shared", plan.shared, "Each worker of BullMQ serves all stages of a flow, not one");
  app.add_option("--only", plan.only, "cairn or bullmq")->check(CLI::IsMember({"cairn", "bullmq"}));
  CLI11_PARSE(app, argc, argv);
  if (plan.quick) {
    if (runs->count() == 0) plan.runs = 1;
    if (tasks->count() == 0) plan.tasks = 600;
    plan.warm_up = 60;
    plan.warm_seconds = 0.1;
    plan.seconds = 0.3;
  }
  for (const std::string& shape : plan.shapes) {
    if (shape == "flow" && plan.workers % 3 != 0) {
      std::fprintf(stderr, "--workers: a flow has three stages, name a multiple of 3\n");
      return 2;
    }
  }
  return cairn::peer::run(plan);
}
