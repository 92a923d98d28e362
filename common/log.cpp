#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

namespace cairn::log {
namespace {

struct Identity {
  std::string component = "cairn", stage, name;
};
Identity identity;

std::optional<Files> files;
std::mutex files_mutex;

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = spdlog::stderr_logger_mt("cairn");
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

constexpr spdlog::level::level_enum spd_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::none:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

constexpr std::string_view level_name(Level level) {
  constexpr std::string_view names[] = {"debug", "info", "warn", "error", "none"};
  return names[static_cast<int>(level)];
}

/// UTC, RFC 3339, microseconds.
std::string timestamp() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  const auto micros = duration_cast<microseconds>(now.time_since_epoch()).count() % 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, micros);
}

}  // namespace

void start(std::string_view component, std::string_view stage, std::string_view name, Level least) {
  identity = {std::string(component), std::string(stage), std::string(name)};
  sink().set_level(spd_level(least));
}

void keep_within(Files bounded) { files = std::move(bounded); }

Level level_from(std::string_view name) {
  if (name == "debug") return Level::debug;
  if (name == "warn") return Level::warn;
  if (name == "error") return Level::error;
  return Level::info;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!sink().should_log(spd_level(level))) return;
  nlohmann::ordered_json line;
  line["ts"] = timestamp();
  line["level"] = level_name(level);
  line["event"] = event;
  line["component"] = identity.component;
  if (!identity.stage.empty()) line["stage"] = identity.stage;
  if (!identity.name.empty()) line["name"] = identity.name;
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  sink().log(spd_level(level), "{}",
             line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  if (!files) return;
  const std::lock_guard lock(files_mutex);
  continue_anew(*files);
}

}  // namespace cairn::log
