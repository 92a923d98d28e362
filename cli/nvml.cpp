#include "cli/nvml.h"

#include <dlfcn.h>

#include <algorithm>

#include "cli/nvml_abi.h"

namespace cairn::cli {
namespace {

// Beyond these a value is a mistake of the driver: ten times what any board draws, and hotter than any
// survives.
constexpr double kWattsMax = 20'000;
constexpr double kCelsiusMax = 200;

/// The text in a buffer, as far as it is printable ASCII: it becomes a label.
std::string printable(const char* text, std::size_t bytes) {
  std::string out(text, std::find(text, text + bytes, '\0'));
  std::erase_if(out, [](char c) { return c < ' ' || c > '~'; });
  return out;
}

}  // namespace

struct Nvml::Functions {
  nvml::Init init;
  nvml::Shutdown shutdown;
  nvml::ErrorString error_string;
  nvml::Count count;
  nvml::Handle handle;
  nvml::Text uuid, name;
  nvml::Rates rates;
  nvml::MemoryOf memory;
  nvml::Power power;
  nvml::Temperature temperature;

  /// False when one is not there.
  bool find(void* library) {
    const auto take = [&](auto& into, const char* symbol) {
      into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(dlsym(library, symbol));
      return into != nullptr;
    };
    return take(init, "nvmlInit_v2") && take(shutdown, "nvmlShutdown") &&
           take(error_string, "nvmlErrorString") && take(count, "nvmlDeviceGetCount_v2") &&
           take(handle, "nvmlDeviceGetHandleByIndex_v2") && take(uuid, "nvmlDeviceGetUUID") &&
           take(name, "nvmlDeviceGetName") && take(rates, "nvmlDeviceGetUtilizationRates") &&
           take(memory, "nvmlDeviceGetMemoryInfo") && take(power, "nvmlDeviceGetPowerUsage") &&
           take(temperature, "nvmlDeviceGetTemperature");
  }
};

Nvml::Nvml() : call_(std::make_unique<Functions>()) {}

std::unique_ptr<Nvml> Nvml::open(const std::string& library) {
  std::unique_ptr<Nvml> out(new Nvml);
  out->library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (out->library_ == nullptr || !out->call_->find(out->library_)) return nullptr;
  return out;
}

Nvml::~Nvml() {
  end();
  if (library_ != nullptr) dlclose(library_);
}

Status Nvml::begin() {
  if (begun_) return {};
  if (const int code = call_->init(); code != nvml::kSuccess) return Error{Code::unavailable, text_of(code)};
  begun_ = true;
  return {};
}

void Nvml::end() {
  if (begun_) (void)call_->shutdown();
  begun_ = false;
}

std::string Nvml::text_of(int code) const {
  const char* text = call_->error_string(code);
  return "NVML " + std::to_string(code) + (text == nullptr ? "" : std::string(": ") + text);
}

Result<GpuReadings> Nvml::read() {
  CAIRN_TRY(begin());
  unsigned count = 0;
  if (const int code = call_->count(&count); code != nvml::kSuccess) {
    end();
    return Error{Code::unavailable, text_of(code)};
  }
  if (count > kGpusMax) return Error{Code::corrupt, "NVML shows " + std::to_string(count) + " GPUs"};
  GpuReadings all;
  for (unsigned index = 0; index < count; ++index) {
    const auto gpu = read_one(index, all);
    if (!gpu.ok()) {
      end();
      return gpu.error();
    }
    if (*gpu) all.gpus.push_back(**gpu);
  }
  return all;
}

/// nullopt for a GPU that does not answer; an error when the driver has gone.
Result<std::optional<GpuReading>> Nvml::read_one(unsigned index, GpuReadings& all) {
  int failed = nvml::kSuccess;
  const auto answers = [&](int code) {
    if (code != nvml::kSuccess && code != nvml::kNotSupported && failed == nvml::kSuccess) failed = code;
    return code == nvml::kSuccess;
  };
  GpuReading out;
  nvml::Device device = nullptr;
  char text[std::max(nvml::kUuidBytes, nvml::kNameBytes)] = {};
  if (answers(call_->handle(index, &device)) && answers(call_->uuid(device, text, nvml::kUuidBytes)))
    out.uuid = printable(text, nvml::kUuidBytes);
  if (!out.uuid.empty()) {
    if (answers(call_->name(device, text, nvml::kNameBytes))) out.model = printable(text, nvml::kNameBytes);
    if (nvml::Utilization rates{}; answers(call_->rates(device, &rates)) && rates.gpu <= 100)
      out.busy = rates.gpu / 100.0;
    if (nvml::Memory memory{}; answers(call_->memory(device, &memory)) && memory.used <= memory.total) {
      out.memory_used_bytes = memory.used;
      out.memory_bytes = memory.total;
    }
    if (unsigned milliwatts = 0; answers(call_->power(device, &milliwatts)) && milliwatts / 1e3 <= kWattsMax)
      out.power_watts = milliwatts / 1e3;
    if (unsigned celsius = 0;
        answers(call_->temperature(device, nvml::kChipTemperature, &celsius)) && celsius <= kCelsiusMax)
      out.temperature_celsius = celsius;
  }
  if (failed == nvml::kUninitialized || failed == nvml::kDriverNotLoaded)
    return Error{Code::unavailable, text_of(failed)};
  if (failed != nvml::kSuccess) {
    if (all.failures++ == 0) all.why = "GPU " + std::to_string(index) + ": " + text_of(failed);
  }
  // One that is lost says nothing more that is true.
  if (out.uuid.empty() || failed == nvml::kGpuIsLost) return std::optional<GpuReading>();
  return std::optional(std::move(out));
}

}  // namespace cairn::cli
