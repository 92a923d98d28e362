// Two GPUs that are not there, behind the binary interface of NVIDIA's management library as its API
// reference states it. Built from the reference alone, with none of the declarations of cli/nvml_abi.h.
#include "tests/support/gpu_stand_in.h"

#include <cstdio>

namespace {

constexpr int kSuccess = 0, kInvalidArgument = 2, kNotFound = 6, kInsufficientSize = 7;

cairn::test::GpuStandIn state = {0,
                                 0,
                                 2,
                                 {{0, 0, 0, 0, 0, 0, 0, "GPU-5a5a0000-0000-4000-8000-000000000001",
                                   "Stand-in A", 37, 80ull << 30, 24ull << 30, 300'500, 61},
                                  {0, 0, 0, 0, 0, 0, 0, "GPU-5a5a0000-0000-4000-8000-000000000002",
                                   "Stand-in B", 100, 48ull << 30, 47ull << 30, 72'000, 83}},
                                 0,
                                 0,
                                 nullptr,
                                 nullptr};

struct Rates {
  unsigned int gpu, memory;
};
struct Memory {
  unsigned long long total, free, used;
};
using Gpu = cairn::test::StandInGpu;

int write(const char* from, char* to, unsigned int size) {
  return static_cast<unsigned int>(std::snprintf(to, size, "%s", from)) < size ? kSuccess : kInsufficientSize;
}

}  // namespace

extern "C" {

cairn::test::GpuStandIn* gpu_stand_in() { return &state; }

int nvmlInit_v2() {
  if (state.init_code == kSuccess) ++state.begun;
  return state.init_code;
}
int nvmlShutdown() {
  ++state.ended;
  return kSuccess;
}
const char* nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : nullptr; }
int nvmlDeviceGetCount_v2(unsigned int* count) {
  if (state.counting != nullptr) state.counting(state.context);
  *count = state.count;
  return state.count_code;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Gpu** out) {
  if (index >= 2) return kNotFound;
  *out = &state.gpus[index];
  return (*out)->handle_code;
}
int nvmlDeviceGetUUID(Gpu* gpu, char* out, unsigned int size) {
  return gpu->uuid_code != kSuccess ? gpu->uuid_code : write(gpu->uuid, out, size);
}
int nvmlDeviceGetName(Gpu* gpu, char* out, unsigned int size) {
  return gpu->name_code != kSuccess ? gpu->name_code : write(gpu->model, out, size);
}
int nvmlDeviceGetUtilizationRates(Gpu* gpu, Rates* out) {
  *out = {gpu->busy_percent, 0};
  return gpu->rates_code;
}
int nvmlDeviceGetMemoryInfo(Gpu* gpu, Memory* out) {
  *out = {gpu->memory_total, gpu->memory_total - gpu->memory_used, gpu->memory_used};
  return gpu->memory_code;
}
int nvmlDeviceGetPowerUsage(Gpu* gpu, unsigned int* out) {
  *out = gpu->milliwatts;
  return gpu->power_code;
}
#ifndef WITHOUT_TEMPERATURE
int nvmlDeviceGetTemperature(Gpu* gpu, int sensor, unsigned int* out) {
  *out = gpu->celsius;
  return sensor == 0 ? gpu->temperature_code : kInvalidArgument;
}
#endif

}  // extern "C"
