// What every long-running process of a pool has: a stop flag, metrics and health over HTTP.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/http_server.h"
#include "common/metrics.h"
#include "common/result.h"

namespace cairn::cli {

/// True after the first SIGINT or SIGTERM. The second one ends the process at once.
std::atomic<bool>& stop_on_signals();

/// Removes the sockets RUN/<name>.<pid>.sock of processes that were killed before they could.
void remove_dead_sockets(const std::string& run);

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

/// Serves /metrics, /livez, /readyz and /version, and writes the address to RUN/<name>.http.
class Vitals {
 public:
  /// `ready` says in a word why the process is not ready; empty when it is. Called on other threads.
  static Result<std::unique_ptr<Vitals>> start(const std::string& host, const std::string& run,
                                               const std::string& name, Metrics& metrics,
                                               std::function<std::string()> ready);
  ~Vitals();
  /// The main loop says that it turns; without it for 5 s the process counts as hung.
  void tick();

 private:
  Vitals() = default;
  std::atomic<std::int64_t> ticked_ms_ = 0;
  std::string address_file_;
  std::unique_ptr<ProcessSample> sample_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace cairn::cli
