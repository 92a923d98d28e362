// The GPUs of this machine, as NVIDIA's management library shows them. The only door to that library: it is
// looked for when the process runs, and nothing of it is needed to build.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/result.h"

namespace cairn::cli {

/// One GPU at one moment. A value that the GPU does not have, or that cannot be true, is left out.
struct GpuReading {
  std::string uuid;  ///< "GPU-…", printable, the same in every process that sees this GPU
  std::string model;
  std::optional<double> busy;  ///< share of the last sample period in which a kernel ran, 0 … 1
  std::optional<std::uint64_t> memory_used_bytes, memory_bytes;
  std::optional<double> power_watts;
  std::optional<double> temperature_celsius;  ///< of the chip
};

struct GpuReadings {
  std::vector<GpuReading> gpus;  ///< those that answer, by index of the library
  std::size_t failures = 0;      ///< GPUs that did not answer, or only in part
  std::string why;               ///< of the first failure
};

class Nvml {
 public:
  static constexpr const char* kLibrary = "libnvidia-ml.so.1";
  static constexpr std::size_t kGpusMax = 64;

  /// nullptr when there is no such library, or one without a function that is needed. Loads it and no more.
  static std::unique_ptr<Nvml> open(const std::string& library = kLibrary);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  /// Asks all GPUs; begins anew with the driver when the last time failed. Not thread-safe, and it takes as
  /// long as the driver. Errors: unavailable (no driver, or it went away), corrupt (more than kGpusMax GPUs).
  Result<GpuReadings> read();

 private:
  struct Functions;
  Nvml();
  Status begin();
  void end();
  std::string text_of(int code) const;
  Result<std::optional<GpuReading>> read_one(unsigned index, GpuReadings& all);

  void* library_ = nullptr;
  std::unique_ptr<Functions> call_;
  bool begun_ = false;
};

}  // namespace cairn::cli
