// Reads one YAML file into typed values: every key has a bound, an unknown key is an error with its
// line, and CAIRN_<SECTION>_<KEY> in the environment overrides the file. The only door to yaml-cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes.h"

namespace cairn {

/// Looks up an environment variable; nullptr when it is not set. Injected, so that tests own it.
using Environment = std::function<const char*(const char* name)>;
Environment process_environment();

/// One mapping of the file. Reads are collected: the first problem sticks to the whole file and is
/// returned by ConfigFile::finish(), so that a reader is a plain list of keys.
class ConfigSection {
 public:
  /// `out` keeps its value, the default, when neither file nor environment gives the key.
  void read(std::string_view key, std::uint64_t& out, std::uint64_t min, std::uint64_t max);
  void read(std::string_view key, std::uint32_t& out, std::uint32_t min, std::uint32_t max);
  void read(std::string_view key, bool& out);
  void read(std::string_view key, std::string& out, std::size_t bytes_max = 4096);
  /// A list of strings; the environment gives it separated by commas.
  void read(std::string_view key, std::vector<std::string>& out, std::size_t items_max = 64);
  /// One of `allowed`.
  void read_choice(std::string_view key, std::string& out, std::initializer_list<std::string_view> allowed);
  bool has(std::string_view key) const;
  /// The mapping under `key`; empty when it is not there.
  ConfigSection section(std::string_view key);
  /// Keys of this mapping, for maps whose keys are names chosen by the user.
  std::vector<std::string> names();
  /// Reports a problem with `key` at its line.
  void fail(std::string_view key, std::string_view why);

 private:
  friend class ConfigFile;
  struct Values;
  ConfigSection(std::shared_ptr<Values> values, std::string path)
      : values_(std::move(values)), path_(std::move(path)) {}
  std::shared_ptr<Values> values_;
  std::string path_;  // of this mapping, dotted; empty for the root
};

class ConfigFile {
 public:
  /// Errors: not_found (no such file), invalid_input (malformed, too large, not a mapping; with line).
  static Result<ConfigFile> load(const std::string& path, const Environment& environment);
  static Result<ConfigFile> parse(std::string_view yaml, std::string_view name,
                                  const Environment& environment);
  ConfigSection root();
  /// The first problem, or an error for the first key that nobody read ("file:line: …").
  Status finish() const;

 private:
  explicit ConfigFile(std::shared_ptr<ConfigSection::Values> values) : values_(std::move(values)) {}
  std::shared_ptr<ConfigSection::Values> values_;
};

}  // namespace cairn
