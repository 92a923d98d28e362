// What the tests set in the library that takes the place of NVIDIA's, for want of a GPU. It is loaded like
// that one and answers like it; what it shows of a GPU is made up here.
#pragma once

namespace cairn::test {

struct StandInGpu {
  int handle_code, uuid_code, name_code, rates_code, memory_code, power_code,
      temperature_code;  ///< nvmlReturn_t
  const char* uuid;
  const char* model;
  unsigned busy_percent;
  unsigned long long memory_total, memory_used;
  unsigned milliwatts;
  unsigned celsius;
};

struct GpuStandIn {
  int init_code;
  int count_code;
  unsigned count;
  StandInGpu gpus[2];
  unsigned begun, ended;            ///< calls of nvmlInit_v2 that succeeded, and of nvmlShutdown
  void (*counting)(void* context);  ///< called by nvmlDeviceGetCount_v2; may be null
  void* context;
};

/// Of a loaded stand-in, by the name "gpu_stand_in".
using GpuStandInOf = GpuStandIn* (*)();

}  // namespace cairn::test
