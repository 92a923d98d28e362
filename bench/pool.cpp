#include "bench/pool.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/log.h"
#include "pipeline/dispatcher.h"
#include "pipeline/transport_zmq.h"
#include "pipeline/worker.h"

namespace cairn::pipeline {
namespace {

std::atomic<bool> stop_requested = false;

/// A child process that runs `body` until SIGTERM. It dies with us.
template <class Body>
pid_t spawn(Body body) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  struct sigaction action {};
  action.sa_handler = [](int) { stop_requested = true; };
  sigaction(SIGTERM, &action, nullptr);
  log::start("bench", "", "", log::Level::warn);
  std::freopen("/dev/null", "w", stderr);
  body();
  _exit(0);
}

void run_dispatcher(const test::RedisServer& redis, const PoolSetting& setting, const std::string& folder,
                    std::size_t stage, const PoolWork& work) {
  std::unique_ptr<Store> store = *RedisStore::open(store_options(redis, setting));
  if (work.watch) store = work.watch(std::move(store), stage);
  const auto transport = *make_zmq_transport(std::nullopt);
  const auto inbox = *transport->bind(socket_of(folder, setting.stages[stage]));
  Metrics metrics;
  DispatcherOptions options;
  options.stage = setting.stages[stage];
  for (const std::string& peer : setting.stages) {
    if (peer != options.stage) options.peers[peer] = {socket_of(folder, peer)};
  }
  Dispatcher dispatcher(options, *store, *transport, *inbox, metrics);
  while (!stop_requested) dispatcher.turn(dispatcher.wait_ms());
}

void run_worker(const PoolSetting& setting, const std::string& folder, std::size_t stage,
                std::uint32_t number, const PoolWork& work) {
  const auto transport = *make_zmq_transport(std::nullopt);
  const std::string name = setting.stages[stage] + "-w" + std::to_string(number);
  const auto inbox = *transport->bind(socket_of(folder, name));
  Metrics metrics;
  WorkerOptions options;
  options.name = name;
  options.dispatchers = {socket_of(folder, setting.stages[stage])};
  options.slots = setting.slots;
  options.prefetch = setting.credit - setting.slots;
  Worker worker(options, {setting.stages[stage], work.process(stage, number)}, *transport, *inbox, metrics);
  worker.run(stop_requested);
}

}  // namespace

std::int64_t now_ns() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

std::string socket_of(const std::string& folder, const std::string& name) {
  return "ipc://" + folder + "/" + name + ".sock";
}

RedisStoreOptions store_options(const test::RedisServer& redis, const PoolSetting& setting) {
  RedisStoreOptions options;
  options.redis = redis.client_options();
  options.redis.call_ms = 30'000;
  options.rules.depth_max = setting.tasks * 2 + 1'000;
  options.rules.bytes_max = 4ull << 30;
  return options;
}

double Crew::cpu(const std::vector<pid_t>& pids) {
  double sum = 0;
  for (const pid_t pid : pids) sum += cpu_seconds(pid);
  return sum;
}

void Crew::pause() const {
  for (const auto* group : {&workers, &dispatchers}) {
    for (const pid_t pid : *group) kill(pid, SIGSTOP);
    for (const pid_t pid : *group) waitpid(pid, nullptr, WUNTRACED);
  }
}

void Crew::resume() const {
  for (const auto* group : {&dispatchers, &workers}) {
    for (const pid_t pid : *group) kill(pid, SIGCONT);
  }
}

void Crew::end() const {
  for (const auto* group : {&workers, &dispatchers}) {
    for (const pid_t pid : *group) kill(pid, SIGTERM);
    for (const pid_t pid : *group) waitpid(pid, nullptr, 0);
  }
}

Crew start_crew(const test::RedisServer& redis, const PoolSetting& setting, const std::string& folder,
                const PoolWork& work) {
  Crew crew;
  for (std::size_t s = 0; s < setting.stages.size(); ++s) {
    crew.dispatchers.push_back(spawn([&] { run_dispatcher(redis, setting, folder, s, work); }));
    for (std::uint32_t w = 0; w < setting.workers; ++w) {
      crew.workers.push_back(spawn([&, w] { run_worker(setting, folder, s, w, work); }));
    }
  }
  return crew;
}

}  // namespace cairn::pipeline
