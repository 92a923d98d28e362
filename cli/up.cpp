#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "chain/address.h"
#include "chain/keystore.h"
#include "cli/chain_pin.h"
#include "cli/command.h"
#include "cli/dev_chain.h"
#include "cli/process.h"
#include "cli/prometheus.h"
#include "cli/services.h"
#include "cli/supervisor.h"
#include "common/clock.h"
#include "common/log.h"
#include "stages/follow.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string state = ".cairn";
  std::string config = "cairn.yaml";
  std::vector<std::string> workers;  // STAGE=N
  bool with_prometheus = false;
};

constexpr std::int64_t kLockMs = 200;
constexpr std::int64_t kLeftoverGraceMs = 15'000;
constexpr std::int64_t kStoreStartMs = 90'000;
constexpr std::int64_t kServerPauseMs = 500;
constexpr std::int64_t kExitMs = 15'000;  // for a process that has drained, or has nothing to, to end
constexpr const char* kConsole = "console";

enum Tier { tier_servers, tier_dispatchers, tier_workers };

/// Held while `cairn up` runs on a state directory.
class StateLock {
 public:
  static Result<StateLock> take(const std::string& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Error{Code::unavailable, "cannot open " + path};
    // Who only looks whether it is held has it for a moment.
    const std::int64_t until = steady_ms() + kLockMs;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (steady_ms() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      close(fd);
      return Error{Code::conflict,
                   "another `cairn up` runs on this state directory (" + path + " is locked)"};
    }
    return StateLock(fd);
  }
  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock() {
    if (fd_ >= 0) close(fd_);
  }

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

/// Workers by stage, as --workers says. Ends with wrong_usage().
std::map<std::string, std::uint32_t> worker_counts(const Options& options) {
  std::map<std::string, std::uint32_t> out;
  for (const std::string& item : options.workers) {
    const auto equals = item.find('=');
    const std::string stage = item.substr(0, equals);
    char* end = nullptr;
    const char* digits = equals == std::string::npos ? "" : item.c_str() + equals + 1;
    const unsigned long count = std::strtoul(digits, &end, 10);
    const auto& rows = stages::all_stages();
    const bool known =
        std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.name == stage; });
    if (!known || std::isdigit(static_cast<unsigned char>(*digits)) == 0 || *end != '\0' || count > 1024) {
      wrong_usage("--workers", item + ": expected STAGE=N with a stage of the pipeline and N up to 1024");
    }
    out[stage] = static_cast<std::uint32_t>(count);
  }
  return out;
}

ChildSpec redis_child(const Pool& pool, const RedisConfig& redis) {
  const std::string socket = pool.run + "/redis.sock";
  // clang-format off
  const std::vector<std::string> argv = {
      redis.server, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700", "--dir", pool.path("redis"),
      "--appendonly", "yes", "--appendfsync", redis.append_fsync, "--save", "",
      "--maxmemory", std::to_string(redis.max_memory_mib) + "mb", "--maxmemory-policy", "noeviction",
      "--daemonize", "no", "--logfile", pool.log("redis")};
  // clang-format on
  return {.name = "redis", .argv = argv, .log_path = pool.log("redis"), .environment = {}, .opens_log = true};
}

std::string self_path() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

/// The store, as soon as Redis answers.
Result<std::unique_ptr<pipeline::Store>> wait_for_store(const Pool& pool, const PoolConfig& config,
                                                        Supervisor& supervisor,
                                                        const std::atomic<bool>& stop) {
  const std::int64_t until = steady_ms() + kStoreStartMs;
  while (!stop) {
    auto store = open_store(pool, config);
    if (store.ok() || !is_transient(store.error().code)) return store;
    if (steady_ms() > until) return store.error().in("Redis does not answer, see " + pool.log("redis"));
    supervisor.tend();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Error{Code::cancelled, "stopped"};
}

/// Waits until every dispatcher and the console listen, so that nobody who sees the pool ready asks in vain.
Status wait_for_servers(const Pool& pool, Supervisor& supervisor, const std::atomic<bool>& stop) {
  const std::int64_t until = steady_ms() + kStoreStartMs;
  std::vector<std::string> names = {kConsole};
  for (const stages::StageRow& row : stages::all_stages()) names.push_back(std::string(row.name) + "-d0");
  for (const std::string& name : names) {
    while (!fs::exists(pool.run + "/" + name + ".http")) {
      if (stop) return Error{Code::cancelled, "stopped"};
      if (steady_ms() > until) return Error{Code::timeout, name + " does not start, see " + pool.log(name)};
      supervisor.tend();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return {};
}

ChildSpec console_child(const Pool& pool) {
  return {kConsole, {self_path(), kConsole, "--state", pool.state}, pool.log(kConsole), {}};
}

Status start_stages(const Pool& pool, const PoolConfig& config, Supervisor& supervisor) {
  const std::string self = self_path();
  const auto drain_ms = [&](const std::string& stage) {
    return static_cast<std::int64_t>(config.stages.at(stage).grace_ms) + settle_ms(config) + kExitMs;
  };
  for (const stages::StageRow& row : stages::all_stages()) {
    const std::string stage(row.name);
    const std::string name = stage + "-d0";
    CAIRN_TRY(supervisor.start(
        {.child = {name,
                   {self, "dispatch", "--stage", stage, "--state", pool.state, "--name", name},
                   pool.log(name),
                   {}},
         .tier = tier_dispatchers,
         .grace_ms = drain_ms(stage),
         .pause_max_ms = kServerPauseMs}));
  }
  for (const stages::StageRow& row : stages::all_stages()) {
    const std::string stage(row.name);
    for (std::uint32_t i = 0; i < config.stages.at(stage).workers; ++i) {
      const std::string name = stage + "-w" + std::to_string(i);
      CAIRN_TRY(supervisor.start(
          {.child = {name,
                     {self, "worker", "--stage", stage, "--state", pool.state, "--name", name},
                     pool.log(name),
                     {}},
           .tier = tier_workers,
           .grace_ms = drain_ms(stage)}));
    }
  }
  return {};
}

Status seed_follower(const Pool& pool, const PoolConfig& config, pipeline::Store& store) {
  if (!config.chain.follow) return {};
  CAIRN_ASSIGN(const chain::Address contract, chain::parse_address(pool.contract));
  CAIRN_ASSIGN(const auto reply,
               store.enqueue({stages::follow_task(contract, config.chain.follow_from_block)}));
  if (reply.admissions.at(0) == pipeline::Admission::backpressure) {
    return Error{Code::exhausted, "Redis is full: the contract cannot be followed"};
  }
  return {};
}

/// A program that is missing is the configuration's mistake: said once here, instead of by each worker
/// for as long as it is restarted.
Status check_backends(const Pool& pool, const PoolConfig& config) {
  for (const auto& [name, settings] : config.backends) {
    const auto made = make_backend(settings, pool.path("work"));
    if (!made.ok()) return made.error().in(config.path + ": backends." + name);
  }
  return {};
}

/// Said once here, instead of by each worker that signs.
Status look_at_key(const ChainConfig& chain) {
  const auto key = chain::load_key(chain.keystore, chain.password_file);
  return key.ok() ? Status() : Error{Code::invalid_input, "chain.keystore: " + key.error().what};
}

/// The chain that this pool has worked on with this contract; 0 when there is none.
std::uint64_t remembered_chain(const std::string& state, const ChainConfig& chain) {
  const auto before = find_pool(state);
  return before.ok() && before->contract == chain.contract ? before->chain_id : 0;
}

Status run(const Options& options, PoolConfig config) {
  CAIRN_ASSIGN(Pool pool, make_pool(options.state));
  log::start("up", "", "", log::level_from(config.log_level));
  CAIRN_ASSIGN(const StateLock lock, StateLock::take(pool.path("lock")));
  std::atomic<bool>& stop = stop_on_signals();

  Supervisor supervisor(pool.path("pids"), config.log_bounds);
  supervisor.end_leftovers(kLeftoverGraceMs);
  clear_run_folder(pool.run);
  CAIRN_TRY(check_backends(pool, config));
  std::error_code ignored;
  fs::remove(pool.path("ready"), ignored);  // of a run that was killed
  pool.config = config.path;
  pool.name = config.pool;
  pool.redis = config.redis.address.empty() ? "unix:" + pool.run + "/redis.sock" : config.redis.address;
  for (const stages::StageRow& row : stages::all_stages()) {
    pool.dispatchers[std::string(row.name)] = {"ipc://" + pool.run + "/" + std::string(row.name) + ".sock"};
  }

  Status status = [&]() -> Status {
    if (config.redis.address.empty()) {
      CAIRN_TRY(supervisor.start(
          {.child = redis_child(pool, config.redis), .tier = tier_servers, .pause_max_ms = kServerPauseMs}));
    }
    if (config.chain.rpc.empty()) {
      CAIRN_TRY(start_dev_chain(pool, config, supervisor, stop));
    } else {
      CAIRN_TRY(look_at_key(config.chain));
      CAIRN_ASSIGN(pool.chain_id,
                   pin_chain(config.chain, remembered_chain(options.state, config.chain), stop));
      pool.rpc = config.chain.rpc;
      pool.contract = config.chain.contract;
      pool.keystore = config.chain.keystore;
      pool.password_file = config.chain.password_file;
    }
    CAIRN_ASSIGN(const auto store, wait_for_store(pool, config, supervisor, stop));
    CAIRN_TRY(seed_follower(pool, config, *store));
    CAIRN_TRY(save(pool));
    Discovery discovery(pool);
    CAIRN_TRY(discovery.update(steady_ms()));
    if (options.with_prometheus) {
      CAIRN_ASSIGN(ChildSpec child, prometheus_child(pool, config.prometheus));
      CAIRN_TRY(supervisor.start(
          {.child = std::move(child), .tier = tier_servers, .pause_max_ms = kServerPauseMs}));
    }
    CAIRN_TRY(
        supervisor.start({.child = console_child(pool), .tier = tier_dispatchers, .grace_ms = kExitMs}));
    CAIRN_TRY(start_stages(pool, config, supervisor));
    CAIRN_TRY(wait_for_servers(pool, supervisor, stop));
    std::ofstream(pool.path("ready")) << getpid() << '\n';
    std::printf("pool %s is up: %s\n", pool.name.c_str(), pool.state.c_str());
    std::string console;
    if (std::ifstream(pool.run + "/" + kConsole + ".http") >> console)
      std::printf("console: http://%s/\n", console.c_str());
    std::fflush(stdout);
    Metrics metrics;
    CAIRN_ASSIGN(const auto vitals, Vitals::start(config.http_host + ":0", pool.run, "up", metrics,
                                                  [&] { return std::string(stop ? "draining" : ""); }));
    while (!stop) {
      supervisor.tend();
      if (const Status s = discovery.update(steady_ms()); !s.ok())
        log::warn("targets_not_written", {{"why", s.error().what}});
      vitals->tick();
      metrics.set(Metric::children, {}, static_cast<double>(supervisor.children()));
      metrics.set(Metric::restarts, {}, static_cast<double>(supervisor.restarts()));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    vitals->tick();
    return {};
  }();
  if (!status.ok() && status.error().code == Code::cancelled) status = {};

  fs::remove(pool.path("ready"), ignored);
  log::info("stopping");
  supervisor.stop_all([] { return false; });
  fs::remove(pool.run + "/prometheus.http", ignored);
  log::info("stopped");
  return status;
}

}  // namespace

void add_up(Command app, int& exit) {
  auto options = std::make_shared<Options>();
  Command command = app.add(
      "up",
      "Runs a whole pool on this machine: Redis, a dev chain when no node is configured, one dispatcher and\n"
      "N workers per stage. Restarts what dies. Ctrl-C drains and stops all of it; a second one does so at "
      "once.",
      "cairn up --config ops/config/dev.yaml --state .cairn --workers prove=4");
  command.state(options->state);
  command.option("--config", options->config, "Configuration file")
      .environment("CAIRN_CONFIG")
      .show_default();
  command.option("--workers", options->workers, "STAGE=N, may be repeated");
  command.flag("--with-prometheus", options->with_prometheus,
               "Run Prometheus beside the pool, as the configuration says");
  command.run([options, &exit] {
    const auto workers = worker_counts(*options);
    const Status status = [&]() -> Status {
      CAIRN_ASSIGN(PoolConfig config, load_config(options->config, process_environment()));
      for (const auto& [stage, count] : workers) config.stages.at(stage).workers = count;
      return run(*options, std::move(config));
    }();
    if (!status.ok()) exit = fail(status.error());
  });
}

}  // namespace cairn::cli
