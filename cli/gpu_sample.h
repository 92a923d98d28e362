// The GPUs of this machine as metrics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cli/nvml.h"
#include "common/metrics.h"

namespace cairn::cli {

/// Every process that samples shows all GPUs that it sees, under their UUIDs: take the maximum by `gpu`, not
/// the sum. Without library, driver or GPU there is no series, and nothing is said about it.
class GpuSample {
 public:
  /// `nvml` may be null, and says nothing then. Borrows `metrics`.
  GpuSample(std::unique_ptr<Nvml> nvml, Metrics& metrics);
  /// Asks the GPUs and shows what they say; series of those that do not answer vanish. Thread-safe: while a
  /// driver keeps one caller waiting, others wait `patience_ms` at most, and then show none.
  void take(std::int64_t patience_ms = 1'000);

 private:
  void show(const std::vector<GpuReading>& gpus);
  void say(const Result<GpuReadings>& readings);

  std::unique_ptr<Nvml> nvml_;
  Metrics& metrics_;
  std::timed_mutex asking_;
  std::mutex showing_;
  bool seen_ = false;                         // a GPU has answered before
  bool failing_ = false;                      // since the last whole answer
  std::map<std::string, std::string> shown_;  // model by UUID
};

}  // namespace cairn::cli
