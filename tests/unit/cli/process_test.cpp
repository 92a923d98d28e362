#include "cli/process.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/clock.h"
#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

TEST(ProcessSample, ShowsMemoryAndTimeOfThisProcess) {
  Metrics metrics;
  ProcessSample sample(metrics);
  sample.take();
  const double before_bytes = value_of(metrics, "process_resident_memory_bytes");
  const double before_seconds = value_of(metrics, "process_cpu_seconds_total");
  EXPECT_GT(before_bytes, 1 << 20);
  const std::vector<char> held(64 << 20, 1);  // touched, so resident
  while (value_of(metrics, "process_cpu_seconds_total") < before_seconds + 0.02) sample.take();
  EXPECT_GE(value_of(metrics, "process_resident_memory_bytes"), before_bytes + (60 << 20));
  EXPECT_EQ(held[1], 1);
  const double began = value_of(metrics, "process_start_time_seconds");
  EXPECT_NEAR(began, static_cast<double>(unix_ms()) / 1000, 60);
  EXPECT_EQ(value_of(metrics, "cairn_programs_resident_bytes"), 0);
}

}  // namespace
}  // namespace cairn::cli
