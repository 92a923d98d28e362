// One pool: the real `cairn up` with all its processes, in a state directory of its own. Tests speak to
// it as people do, through the program and its JSON, and hurt it by signals to its processes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "tests/e2e/support/processes.h"
#include "tests/e2e/support/scene.h"
#include "tests/support/process.h"

namespace cairn::test {

/// The program under test: CAIRN_BINARY_DIR/bin/cairn.
std::string cairn_program();

struct PoolSettings {
  std::uint64_t lease_ms = 2'000;
  /// Tests that kill for a while would use up a sensible budget.
  std::uint64_t deaths_max = 1'000;
  std::uint64_t depth_max = 100'000;
  std::uint64_t redis_mib = 256;
  std::uint64_t grace_ms = 10'000;
  bool follow = false;
  unsigned provers = 2;
  std::uint64_t confirmations_final = 3;
  /// A node on a busy machine takes seconds to estimate the gas of a proof's verification.
  std::uint64_t rpc_timeout_ms = 15'000;
  /// More programs of the backend: YAML, two spaces of indentation per level below `programs`.
  std::string more_programs = {};
  std::string more_chain = {};  ///< keys of the chain, YAML, indented by two spaces
  std::string more = {};        ///< sections of the configuration, YAML
};

class Pool {
 public:
  /// Without a link, `cairn up` runs a dev chain of its own.
  explicit Pool(const PoolSettings& settings = {}, const std::optional<ChainLink>& link = {});
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Starts `cairn up` and waits until it says that it is ready.
  void up();
  /// Starts it and returns at once.
  void begin_up();
  /// SIGTERM, and what it ended with.
  int stop();
  /// The same, and at the same time SIGTERM to all that it runs but Redis and the chain, as a service manager
  /// may do.
  int stop_all();
  /// kill -9 of `cairn up` alone.
  void kill_up();
  bool running() { return up_ && up_->running(); }

  const std::string& state() const { return state_; }
  std::string path(const std::string& file) const { return state_ + "/" + file; }
  /// Where its chain is; of a dev chain of its own, since up().
  const ChainLink& link() const { return link_; }
  bool follows() const { return settings_.follow; }

  /// Children of `cairn up` that run now and whose name holds `part`, such as "prove-w" or "-d0".
  std::vector<Process> children(const std::string& part = {}) const;
  /// `cairn up` itself. Requires running().
  Process supervisor() const { return look_up(up_->pid(), "up"); }
  /// Waits for a child of this very name.
  Process child(const std::string& name) const;

  /// `cairn ARGUMENTS… --state STATE`.
  Output cairn(std::vector<std::string> arguments) const;
  /// The same with --json; its standard output as JSON. Requires that it succeeds.
  Json ask(std::vector<std::string> arguments) const;
  /// One look at the pool; nullopt when it cannot be had, as while Redis is down.
  std::optional<Json> status() const;
  Json must_status() const;
  /// `cairn produce --json` with `lines` on its standard input.
  Output produce(const std::vector<std::string>& lines, std::vector<std::string> arguments = {}) const;

  /// The status and the body that a process of the pool answers at `page`, such as "/metrics"; 0 and the
  /// reason when it does not answer, as while it is being started.
  std::pair<int, std::string> page(const std::string& process, const std::string& page) const;
  std::string metrics(const std::string& process) const { return page(process, "/metrics").second; }
  /// Events of one process' log, oldest first; all events when `event` is empty.
  std::vector<Json> events(const std::string& process, const std::string& event = {}) const;
  /// Sum of a counter of `status` over all stages.
  std::uint64_t total(const std::string& counter) const;
  std::size_t sockets() const;  ///< socket files in its run directory

 private:
  void write_config() const;
  void read_link();

  PoolSettings settings_;
  TempDir dir_;
  std::string state_;
  ChainLink link_;
  bool own_chain_;
  std::unique_ptr<Child> up_;
};

/// The worker that a log or `explain` names, such as "prove-w0.4711.1234@host".
Process worker_process(const std::string& worker);
/// When an event was logged, Unix milliseconds.
std::int64_t event_ms(const Json& event);
std::uint64_t start_height(const std::string& line);
std::size_t batch_count(const std::string& line);

}  // namespace cairn::test
