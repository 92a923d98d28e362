#include "cli/nvml.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/cli/loaded_stand_in.h"

namespace cairn::cli {
namespace {

constexpr int kUninitialized = 1, kNotSupported = 3, kDriverNotLoaded = 9, kGpuIsLost = 15, kUnknown = 999;
constexpr const char* kFirst = "GPU-5a5a0000-0000-4000-8000-000000000001";
constexpr const char* kSecond = "GPU-5a5a0000-0000-4000-8000-000000000002";

TEST(Nvml, ReadsWhatTheLibrarySays) {
  const LoadedStandIn stand_in;
  const auto nvml = Nvml::open(CAIRN_GPU_STAND_IN);
  ASSERT_NE(nvml, nullptr);
  const auto all = nvml->read();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->failures, 0u);
  ASSERT_EQ(all->gpus.size(), 2u);
  const GpuReading& first = all->gpus[0];
  EXPECT_EQ(first.uuid, kFirst);
  EXPECT_EQ(first.model, "Stand-in A");
  EXPECT_EQ(first.busy, 0.37);
  EXPECT_EQ(first.memory_used_bytes, 24ull << 30);
  EXPECT_EQ(first.memory_bytes, 80ull << 30);
  EXPECT_EQ(first.power_watts, 300.5);
  EXPECT_EQ(first.temperature_celsius, 61);
  EXPECT_EQ(all->gpus[1].uuid, kSecond);
  EXPECT_EQ(all->gpus[1].busy, 1.0);
}

TEST(Nvml, IsNotThereWithoutTheLibrary) { EXPECT_EQ(Nvml::open("/nowhere/libnvidia-ml.so.1"), nullptr); }

TEST(Nvml, IsNotThereWhenTheLibraryLacksAFunction) { EXPECT_EQ(Nvml::open(CAIRN_OLD_GPU_STAND_IN), nullptr); }

TEST(Nvml, LeavesOutWhatAGpuDoesNotHave) {
  const LoadedStandIn stand_in;
  auto& gpu = stand_in->gpus[0];
  gpu.rates_code = gpu.memory_code = gpu.power_code = gpu.temperature_code = gpu.name_code = kNotSupported;
  const auto all = Nvml::open(CAIRN_GPU_STAND_IN)->read();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->failures, 0u);
  ASSERT_EQ(all->gpus.size(), 2u);
  const GpuReading& first = all->gpus[0];
  EXPECT_EQ(first.uuid, kFirst);
  EXPECT_EQ(first.model, "");
  EXPECT_FALSE(first.busy || first.memory_used_bytes || first.memory_bytes || first.power_watts ||
               first.temperature_celsius);
}

TEST(Nvml, LeavesOutWhatCannotBeTrue) {
  const LoadedStandIn stand_in;
  auto& gpu = stand_in->gpus[0];
  gpu.busy_percent = 101;
  gpu.memory_used = gpu.memory_total + 1;
  gpu.milliwatts = gpu.celsius = ~0u;  // NVML_VALUE_NOT_AVAILABLE
  const auto all = Nvml::open(CAIRN_GPU_STAND_IN)->read();
  ASSERT_TRUE(all.ok());
  const GpuReading& first = all->gpus.at(0);
  EXPECT_FALSE(first.busy || first.memory_used_bytes || first.memory_bytes || first.power_watts ||
               first.temperature_celsius);
}

TEST(Nvml, MakesLabelsPrintable) {
  const LoadedStandIn stand_in;
  stand_in->gpus[0].model = "A\n\x7f\xff\x01 100";
  EXPECT_EQ(Nvml::open(CAIRN_GPU_STAND_IN)->read()->gpus.at(0).model, "A 100");
  stand_in->gpus[0].uuid = "\n";
  EXPECT_EQ(Nvml::open(CAIRN_GPU_STAND_IN)->read()->gpus.at(0).uuid, kSecond);
}

TEST(Nvml, GoesOnWithoutAGpuThatIsLost) {
  const LoadedStandIn stand_in;
  const auto nvml = Nvml::open(CAIRN_GPU_STAND_IN);
  for (int test::StandInGpu::*code : {&test::StandInGpu::handle_code, &test::StandInGpu::uuid_code,
                                      &test::StandInGpu::rates_code, &test::StandInGpu::temperature_code}) {
    stand_in->gpus[0].*code = kGpuIsLost;
    const auto all = nvml->read();
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all->failures, 1u);
    EXPECT_EQ(all->why, "GPU 0: NVML 15: GPU is lost");
    ASSERT_EQ(all->gpus.size(), 1u);
    EXPECT_EQ(all->gpus[0].uuid, kSecond);
    stand_in->gpus[0].*code = 0;
  }
}

TEST(Nvml, KeepsWhatAGpuSaysBesideAFailure) {
  const LoadedStandIn stand_in;
  stand_in->gpus[1].power_code = kUnknown;
  const auto all = Nvml::open(CAIRN_GPU_STAND_IN)->read();
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->failures, 1u);
  EXPECT_EQ(all->why, "GPU 1: NVML 999");
  ASSERT_EQ(all->gpus.size(), 2u);
  EXPECT_FALSE(all->gpus[1].power_watts);
  EXPECT_EQ(all->gpus[1].temperature_celsius, 83);
}

TEST(Nvml, BeginsAnewWhenTheDriverWentAway) {
  const LoadedStandIn stand_in;
  const auto nvml = Nvml::open(CAIRN_GPU_STAND_IN);
  ASSERT_TRUE(nvml->read().ok());
  stand_in->gpus[1].memory_code = kUninitialized;
  EXPECT_EQ(nvml->read().error().code, Code::unavailable);
  stand_in->gpus[1].memory_code = 0;
  stand_in->init_code = kDriverNotLoaded;
  EXPECT_EQ(nvml->read().error().what, "NVML 9");
  stand_in->init_code = 0;
  EXPECT_EQ(nvml->read()->gpus.size(), 2u);
  stand_in->count_code = kUnknown;
  EXPECT_EQ(nvml->read().error().code, Code::unavailable);
  stand_in->count_code = 0;
  EXPECT_EQ(nvml->read()->gpus.size(), 2u);
  EXPECT_EQ(stand_in->begun, 3u);
  EXPECT_EQ(stand_in->ended, 2u);
}

TEST(Nvml, ReadsNoMoreGpusThanItsLimit) {
  const LoadedStandIn stand_in;
  stand_in->count = Nvml::kGpusMax + 1;
  EXPECT_EQ(Nvml::open(CAIRN_GPU_STAND_IN)->read().error().code, Code::corrupt);
}

TEST(Nvml, EndsWhatItBegan) {
  const LoadedStandIn stand_in;
  { (void)Nvml::open(CAIRN_GPU_STAND_IN); }
  EXPECT_EQ(stand_in->ended, 0u);
  { (void)Nvml::open(CAIRN_GPU_STAND_IN)->read(); }
  EXPECT_EQ(stand_in->begun, 1u);
  EXPECT_EQ(stand_in->ended, 1u);
}

}  // namespace
}  // namespace cairn::cli
