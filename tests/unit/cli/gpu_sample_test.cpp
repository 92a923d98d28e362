#include "cli/gpu_sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "tests/unit/cli/loaded_stand_in.h"
#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

constexpr int kGpuIsLost = 15, kNotSupported = 3, kDriverNotLoaded = 9;
const std::string kFirst = "{gpu=\"GPU-5a5a0000-0000-4000-8000-000000000001\",model=\"Stand-in A\"}";
const std::string kSecond = "{gpu=\"GPU-5a5a0000-0000-4000-8000-000000000002\",model=\"Stand-in B\"}";

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}
/// Series whose names begin so.
std::size_t series(const Metrics& metrics, const std::string& prefix) {
  return count("\n" + metrics.text(), "\n" + prefix);
}

/// A sampler of the stand-in.
struct Sampled {
  LoadedStandIn stand_in;
  Metrics metrics;
  GpuSample sample{Nvml::open(CAIRN_GPU_STAND_IN), metrics};

  double value(const std::string& name) { return value_of(metrics, name); }
};

TEST(GpuSample, ShowsEveryGpu) {
  Sampled s;
  s.sample.take();
  EXPECT_EQ(s.value("cairn_gpu_busy_ratio" + kFirst), 0.37);
  EXPECT_EQ(s.value("cairn_gpu_memory_used_bytes" + kFirst), static_cast<double>(24ull << 30));
  EXPECT_EQ(s.value("cairn_gpu_memory_bytes" + kFirst), static_cast<double>(80ull << 30));
  EXPECT_EQ(s.value("cairn_gpu_power_watts" + kFirst), 300.5);
  EXPECT_EQ(s.value("cairn_gpu_temperature_celsius" + kFirst), 61);
  EXPECT_EQ(s.value("cairn_gpu_busy_ratio" + kSecond), 1);
  EXPECT_EQ(s.value("cairn_gpu_errors_total"), 0);
  s.stand_in->gpus[0].busy_percent = 5;
  s.sample.take();
  EXPECT_EQ(s.value("cairn_gpu_busy_ratio" + kFirst), 0.05);
  EXPECT_EQ(series(s.metrics, "cairn_gpu_"), 11u);
}

TEST(GpuSample, SaysNothingWithoutLibraryDriverOrGpu) {
  testing::internal::CaptureStderr();
  Metrics metrics;
  GpuSample none(Nvml::open("/nowhere/libnvidia-ml.so.1"), metrics);
  none.take();
  EXPECT_EQ(series(metrics, "cairn_gpu_"), 0u);
  Sampled s;
  s.stand_in->init_code = kDriverNotLoaded;
  s.sample.take();
  s.stand_in->init_code = 0;
  s.stand_in->count = 0;
  s.sample.take();
  EXPECT_EQ(series(s.metrics, "cairn_gpu_"), 0u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(GpuSample, DropsTheSeriesOfAGpuThatIsLost) {
  Sampled s;
  s.sample.take();
  testing::internal::CaptureStderr();
  s.stand_in->gpus[0].rates_code = kGpuIsLost;
  s.sample.take();
  s.sample.take();
  EXPECT_EQ(series(s.metrics, "cairn_gpu_"), 6u);
  EXPECT_TRUE(std::isnan(s.value("cairn_gpu_temperature_celsius" + kFirst)));
  EXPECT_EQ(s.value("cairn_gpu_busy_ratio" + kSecond), 1);
  EXPECT_EQ(s.value("cairn_gpu_errors_total"), 2);
  s.stand_in->gpus[0].rates_code = 0;
  s.sample.take();
  s.sample.take();
  EXPECT_EQ(s.value("cairn_gpu_busy_ratio" + kFirst), 0.37);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(count(log, "\"gpu_silent\""), 1u) << log;
  EXPECT_EQ(count(log, "\"gpu_back\""), 1u) << log;
}

TEST(GpuSample, DropsAllSeriesWhenTheDriverWentAway) {
  Sampled s;
  s.sample.take();
  testing::internal::CaptureStderr();
  s.stand_in->count_code = s.stand_in->init_code = kDriverNotLoaded;
  for (int i = 0; i < 3; ++i) s.sample.take();
  EXPECT_EQ(series(s.metrics, "cairn_gpu_"), 1u);
  EXPECT_EQ(s.value("cairn_gpu_errors_total"), 3);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(count(log, "\n"), 1u) << log;
  EXPECT_EQ(count(log, "\"why\":\"NVML 9\""), 1u) << log;
}

TEST(GpuSample, DropsAValueThatIsNoLongerTold) {
  Sampled s;
  s.sample.take();
  s.stand_in->gpus[1].power_code = kNotSupported;
  s.sample.take();
  EXPECT_TRUE(std::isnan(s.value("cairn_gpu_power_watts" + kSecond)));
  EXPECT_EQ(s.value("cairn_gpu_temperature_celsius" + kSecond), 83);
}

TEST(GpuSample, ShowsNothingWhileTheDriverHangs) {
  Sampled s;
  s.sample.take();
  struct Driver {
    std::binary_semaphore entered{0}, goes_on{0};
  } driver;
  s.stand_in->context = &driver;
  s.stand_in->counting = [](void* context) {
    static_cast<Driver*>(context)->entered.release();
    static_cast<Driver*>(context)->goes_on.acquire();
  };
  std::thread kept([&] { s.sample.take(); });
  driver.entered.acquire();
  s.sample.take(0);
  EXPECT_EQ(series(s.metrics, "cairn_gpu_busy_ratio"), 0u);
  driver.goes_on.release();
  kept.join();
  EXPECT_EQ(series(s.metrics, "cairn_gpu_busy_ratio"), 2u);
}

}  // namespace
}  // namespace cairn::cli
