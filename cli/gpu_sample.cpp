#include "cli/gpu_sample.h"

#include <chrono>
#include <utility>

#include "common/log.h"

namespace cairn::cli {
namespace {

/// A gauge and what it shows of one GPU.
struct Gauge {
  Metric metric;
  std::optional<double> (*value)(const GpuReading&);
};
std::optional<double> number(const std::optional<std::uint64_t>& bytes) {
  return bytes ? std::optional(static_cast<double>(*bytes)) : std::nullopt;
}
constexpr Gauge kGauges[] = {
    {Metric::gpu_busy, [](const GpuReading& g) { return g.busy; }},
    {Metric::gpu_memory_used, [](const GpuReading& g) { return number(g.memory_used_bytes); }},
    {Metric::gpu_memory, [](const GpuReading& g) { return number(g.memory_bytes); }},
    {Metric::gpu_power, [](const GpuReading& g) { return g.power_watts; }},
    {Metric::gpu_temperature, [](const GpuReading& g) { return g.temperature_celsius; }},
};

}  // namespace

GpuSample::GpuSample(std::unique_ptr<Nvml> nvml, Metrics& metrics)
    : nvml_(std::move(nvml)), metrics_(metrics) {}

void GpuSample::take(std::int64_t patience_ms) {
  if (!nvml_) return;
  std::unique_lock asking(asking_, std::chrono::milliseconds(patience_ms));
  if (!asking) return show({});
  const auto readings = nvml_->read();
  say(readings);
  show(readings.ok() ? readings->gpus : std::vector<GpuReading>());
}

/// Once when GPUs fall silent, and once when all answer again. What never answered is not missed.
void GpuSample::say(const Result<GpuReadings>& readings) {
  if (readings.ok() && !readings->gpus.empty() && !std::exchange(seen_, true))
    metrics_.add(Metric::gpu_errors, {}, 0);
  const std::size_t failures = readings.ok() ? readings->failures : 1;
  if (!seen_) return;
  if (failures > 0) metrics_.add(Metric::gpu_errors, {}, static_cast<double>(failures));
  if ((failures > 0) == failing_) return;
  failing_ = failures > 0;
  if (failing_)
    log::warn("gpu_silent", {{"why", readings.ok() ? readings->why : readings.error().what}});
  else
    log::info("gpu_back", {{"gpus", static_cast<std::uint64_t>(readings->gpus.size())}});
}

void GpuSample::show(const std::vector<GpuReading>& gpus) {
  const std::lock_guard lock(showing_);
  std::map<std::string, std::string> now;
  for (const GpuReading& gpu : gpus) now.emplace(gpu.uuid, gpu.model);
  for (const auto& [uuid, model] : shown_) {
    const auto still = now.find(uuid);
    if (still != now.end() && still->second == model) continue;
    for (const Gauge& gauge : kGauges) metrics_.remove(gauge.metric, {uuid, model});
  }
  for (const GpuReading& gpu : gpus) {
    for (const Gauge& gauge : kGauges) {
      if (const auto value = gauge.value(gpu))
        metrics_.set(gauge.metric, {gpu.uuid, gpu.model}, *value);
      else
        metrics_.remove(gauge.metric, {gpu.uuid, gpu.model});
    }
  }
  shown_ = std::move(now);
}

}  // namespace cairn::cli
