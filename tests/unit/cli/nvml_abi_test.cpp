#include "cli/nvml_abi.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

// Where NVIDIA's header is installed, what we know of the interface must be what it says.
#ifdef CAIRN_NVML_HEADER
#define NVML_NO_UNVERSIONED_FUNC_DEFS
#include <nvml.h>

namespace cairn::cli::nvml {

static_assert(sizeof(Utilization) == sizeof(nvmlUtilization_t));
static_assert(offsetof(Utilization, gpu) == offsetof(nvmlUtilization_t, gpu));
static_assert(sizeof(Memory) == sizeof(nvmlMemory_t));
static_assert(offsetof(Memory, total) == offsetof(nvmlMemory_t, total));
static_assert(offsetof(Memory, free) == offsetof(nvmlMemory_t, free));
static_assert(offsetof(Memory, used) == offsetof(nvmlMemory_t, used));
static_assert(sizeof(nvmlReturn_t) == sizeof(int) && sizeof(nvmlTemperatureSensors_t) == sizeof(int));
static_assert(kSuccess == NVML_SUCCESS && kUninitialized == NVML_ERROR_UNINITIALIZED);
static_assert(kNotSupported == NVML_ERROR_NOT_SUPPORTED && kGpuIsLost == NVML_ERROR_GPU_IS_LOST);
static_assert(kDriverNotLoaded == NVML_ERROR_DRIVER_NOT_LOADED);
static_assert(kChipTemperature == NVML_TEMPERATURE_GPU);
static_assert(kUuidBytes >= NVML_DEVICE_UUID_V2_BUFFER_SIZE && kNameBytes >= NVML_DEVICE_NAME_V2_BUFFER_SIZE);

template <class Function, class... Arguments>
constexpr bool takes = std::is_same_v<Function, nvmlReturn_t (*)(Arguments...)>;
static_assert(takes<decltype(&nvmlInit_v2)>);
static_assert(takes<decltype(&nvmlShutdown)>);
static_assert(takes<decltype(&nvmlDeviceGetCount_v2), unsigned*>);
static_assert(takes<decltype(&nvmlDeviceGetHandleByIndex_v2), unsigned, nvmlDevice_t*>);
static_assert(takes<decltype(&nvmlDeviceGetUUID), nvmlDevice_t, char*, unsigned>);
static_assert(takes<decltype(&nvmlDeviceGetName), nvmlDevice_t, char*, unsigned>);
static_assert(takes<decltype(&nvmlDeviceGetUtilizationRates), nvmlDevice_t, nvmlUtilization_t*>);
static_assert(takes<decltype(&nvmlDeviceGetMemoryInfo), nvmlDevice_t, nvmlMemory_t*>);
static_assert(takes<decltype(&nvmlDeviceGetPowerUsage), nvmlDevice_t, unsigned*>);
static_assert(takes<decltype(&nvmlDeviceGetTemperature), nvmlDevice_t, nvmlTemperatureSensors_t, unsigned*>);
static_assert(std::is_same_v<decltype(&nvmlErrorString), const char* (*)(nvmlReturn_t)>);

TEST(NvmlAbi, IsThatOfTheHeader) { SUCCEED() << "compared when this was compiled"; }

}  // namespace cairn::cli::nvml
#else
TEST(NvmlAbi, IsThatOfTheHeader) { GTEST_SKIP() << "nvml.h is not installed"; }
#endif
