// Prometheus beside the pool: where its processes can be scraped, and the server itself.
//
//   STATE/prometheus/targets/cairn.json  file-based discovery, for any Prometheus
//   STATE/prometheus/prometheus.yml      copied from prometheus.directory, with rules/
//   STATE/prometheus/data/               its own time series
//   RUN/prometheus.http                  where it answers
#pragma once

#include <string>

#include "cli/pool.h"
#include "cli/pool_config.h"
#include "cli/supervisor.h"

namespace cairn::cli {

/// Writes down which processes of the pool serve /metrics, by their address files RUN/NAME.http, with
/// the labels `pool` and `process`. Also those that `cairn up` did not start.
class Discovery {
 public:
  explicit Discovery(const Pool& pool);
  /// Replaces the file in one step when something has changed, at most once a second.
  /// Errors: unavailable, also in `start` of the pool when the folder cannot be made.
  Status update(std::int64_t now_ms);

 private:
  Status write(const std::string& json) const;

  std::string run_, pool_, file_;
  std::string written_;
  std::int64_t next_ms_ = 0;
};

/// Copies configuration and rules into the state directory, chooses the port, and says how to start the
/// server. Errors: invalid_input (no prometheus.directory, or nothing to copy there), not_found (no such
/// program), unavailable.
Result<ChildSpec> prometheus_child(const Pool& pool, const PrometheusConfig& config);

}  // namespace cairn::cli
