// What every long-running process of a pool has: a stop flag, metrics and health over HTTP.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/clock.h"
#include "common/http_server.h"
#include "common/metrics.h"
#include "common/result.h"

namespace cairn::cli {

/// True after the first SIGINT, SIGTERM or SIGHUP. After that SIGINT ends the process at once, and so does
/// any when the parent of the first call has gone; the others say nothing new.
std::atomic<bool>& stop_on_signals();

/// Lets this process open as many files as the system allows it; a login shell gives 1024, and each worker
/// costs its dispatcher three.
void allow_all_files();

/// The last 24 bytes of a host's name: the pods of one Deployment differ at the end, and have the same pids.
std::string short_host(const std::string& host);

/// "name.pid.started@host" of this process: unique also across restarts and machines, because leases are
/// recorded under it.
std::string worker_id(const std::string& name);
/// The name in the worker_id() of a process of this machine; of any other the whole.
std::string short_name(const std::string& worker_id);

/// Removes the sockets RUN/<name>.<pid>.sock of processes that were killed before they could.
void remove_dead_sockets(const std::string& run);
/// The same, and what the processes of a pool left there that do not run: a pool that starts has ended those
/// of the run before. A producer may be waiting for it, with a socket of its own that stays.
void clear_run_folder(const std::string& run);

/// Reads the memory and CPU time of this process and of the programs that it runs from the system into
/// the process_* metrics. Thread-safe.
class ProcessSample {
 public:
  explicit ProcessSample(Metrics& metrics);
  void take();

 private:
  Metrics& metrics_;
  std::mutex mutex_;
  double cpu_seconds_ = 0;  // counted so far
};

/// Serves /metrics, /livez, /readyz, /version and more pages, and writes the address to RUN/<name>.http.
/// Tells a service manager that the process is ready, lives, and stops.
class Vitals {
 public:
  using Pages = std::map<std::string, HttpServer::Handler>;
  /// `listen` is "host:port", port 0 for a free one. `ready` says in a word why the process is not ready;
  /// empty when it is. It, `more`, `before_metrics` and `now_ms`, which never steps back, are called on other
  /// threads.
  static Result<std::unique_ptr<Vitals>> start(const std::string& listen, const std::string& run,
                                               const std::string& name, Metrics& metrics,
                                               std::function<std::string()> ready, Pages more = {},
                                               std::function<void()> before_metrics = {},
                                               std::function<std::int64_t()> now_ms = steady_ms);
  ~Vitals();
  /// A turn may wait once for a store that does not answer, and for what a stage has besides.
  static constexpr std::int64_t kHungMs = 10'000;
  /// The main loop says that it turns; without it for kHungMs the process counts as hung. The first time
  /// after a signal it says that the process stops.
  void tick();
  /// "host:port", with the port that is really bound.
  const std::string& address() const { return address_; }

 private:
  explicit Vitals(std::function<std::int64_t()> now_ms) : now_ms_(std::move(now_ms)) {}
  const std::function<std::int64_t()> now_ms_;
  std::atomic<std::int64_t> ticked_ms_ = 0;
  std::string address_, address_file_;
  std::unique_ptr<ProcessSample> sample_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace cairn::cli
