// What this program uses of the binary interface of NVIDIA's management library: the names that nvml.h maps
// to, its structures and constants, from the NVML API Reference (the interface has kept them since driver
// 418). tests/unit/cli/nvml_abi_test.cpp compares them with nvml.h where that is installed.
#pragma once

namespace cairn::cli::nvml {

using Device = struct Opaque*;

/// Percent of the last sample period, 1/6 to 1 s.
struct Utilization {
  unsigned gpu, memory;
};
/// Bytes.
struct Memory {
  unsigned long long total, free, used;
};

constexpr int kSuccess = 0;
constexpr int kUninitialized = 1;
constexpr int kNotSupported = 3;
constexpr int kDriverNotLoaded = 9;
constexpr int kGpuIsLost = 15;
constexpr int kChipTemperature = 0;  // NVML_TEMPERATURE_GPU
constexpr unsigned kUuidBytes = 96;  // NVML_DEVICE_UUID_V2_BUFFER_SIZE
constexpr unsigned kNameBytes = 96;  // NVML_DEVICE_NAME_V2_BUFFER_SIZE

// The return value is an nvmlReturn_t, an enumeration.
using Init = int (*)();                                        // nvmlInit_v2
using Shutdown = int (*)();                                    // nvmlShutdown
using ErrorString = const char* (*)(int code);                 // nvmlErrorString
using Count = int (*)(unsigned* count);                        // nvmlDeviceGetCount_v2
using Handle = int (*)(unsigned index, Device* out);           // nvmlDeviceGetHandleByIndex_v2
using Text = int (*)(Device, char* out, unsigned bytes);       // nvmlDeviceGetUUID, nvmlDeviceGetName
using Rates = int (*)(Device, Utilization* out);               // nvmlDeviceGetUtilizationRates
using MemoryOf = int (*)(Device, Memory* out);                 // nvmlDeviceGetMemoryInfo
using Power = int (*)(Device, unsigned* milliwatts);           // nvmlDeviceGetPowerUsage
using Temperature = int (*)(Device, int kind, unsigned* out);  // nvmlDeviceGetTemperature, °C

}  // namespace cairn::cli::nvml
