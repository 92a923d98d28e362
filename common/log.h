// One JSON line per event on standard error. The only door to spdlog.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "common/log_files.h"

namespace cairn::log {

enum class Level { debug, info, warn, error, none };

struct Field {
  std::string_view key;
  std::variant<std::string, std::int64_t, std::uint64_t, double, bool> value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, int v) : key(k), value(std::int64_t{v}) {}
  Field(std::string_view k, std::int64_t v) : key(k), value(v) {}
  Field(std::string_view k, std::uint64_t v) : key(k), value(v) {}
  Field(std::string_view k, std::uint32_t v) : key(k), value(std::uint64_t{v}) {}
};

/// Sets what every line of this process carries. Call once, before threads start.
/// @param component e.g. "worker"  @param stage may be empty  @param name of this process
void start(std::string_view component, std::string_view stage, std::string_view name, Level least);

/// From now on FILE is followed by another when it is full, if it is the standard error of this process. Call
/// once, before threads start.
void keep_within(Files files);

/// Level by its name ("debug" …); info for anything else.
Level level_from(std::string_view name);

/// Writes {"ts":…,"level":…,"event":event,"component":…,…fields}. `event` is a fixed snake_case word;
/// what varies goes into fields named as in the code (stage, task, height, fence, attempt, worker,
/// trace). Thread-safe. Values are never secrets: keys and passphrases are not passed here.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view e, std::initializer_list<Field> f = {}) { write(Level::debug, e, f); }
inline void info(std::string_view e, std::initializer_list<Field> f = {}) { write(Level::info, e, f); }
inline void warn(std::string_view e, std::initializer_list<Field> f = {}) { write(Level::warn, e, f); }
inline void error(std::string_view e, std::initializer_list<Field> f = {}) { write(Level::error, e, f); }

}  // namespace cairn::log
