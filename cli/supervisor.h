// Keeps the processes of a pool on one machine running: starts them, restarts what dies, stops them in
// order. What it started is written down, so that a supervisor after a crash can end what is left.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/child.h"
#include "common/log_files.h"

namespace cairn::cli {

class Supervisor {
 public:
  /// Children are stopped by descending tier: workers (2) before dispatchers (1) before servers (0).
  struct Spec {
    ChildSpec child;
    int tier = 0;
    std::int64_t grace_ms = 20'000;  ///< from SIGTERM to SIGKILL
    /// Longest pause before a restart. Short for servers: everybody waits for them.
    std::int64_t pause_max_ms = 10'000;
  };

  /// `pids_path`: where the running children are written down. A log that is full is followed by another when
  /// its child is started, and of one that opens it for each line also while it runs; our own programs see to
  /// it themselves.
  explicit Supervisor(std::string pids_path, const log::Bounds& logs = {});
  ~Supervisor();

  /// Ends what a supervisor that was killed left behind, by the pids that it wrote down.
  void end_leftovers(std::int64_t grace_ms);

  Status start(Spec spec);
  /// Reaps what has died and restarts it, with growing pauses when it dies again at once.
  void tend();
  /// Stops all, tier by tier; a tier's grace over, SIGKILL. `hurry()` true skips the grace.
  void stop_all(const std::function<bool()>& hurry);

  std::uint64_t restarts() const { return restarts_; }
  std::size_t children() const { return children_.size(); }

 private:
  struct Running;
  void write_pids() const;
  void reap();

  Result<pid_t> start_with_log(const ChildSpec& child) const;

  std::string pids_path_;
  log::Bounds logs_;
  std::map<std::string, Running> children_;
  std::uint64_t restarts_ = 0;
  bool stopping_ = false;
  std::int64_t logs_seen_ms_ = 0;
};

}  // namespace cairn::cli
