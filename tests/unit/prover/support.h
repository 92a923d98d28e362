// What the tests of external programs share.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "prover/backend/backend.h"

namespace cairn::prover {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "prover-test-XXXXXX").string();
    CAIRN_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempDir() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Cancelled as soon as `when` says so; asked by the code under test, so no test has to wait.
class TestControl final : public Control {
 public:
  explicit TestControl(std::function<bool()> when = [] { return false; }) : when_(std::move(when)) {}
  bool cancelled() const override { return when_(); }
  void progress(double share) override { share_ = share; }
  double share() const { return share_; }

 private:
  std::function<bool()> when_;
  std::atomic<double> share_{0};
};

/// Empty too where reading fails: of /proc, when the process has ended since the opening.
inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Process ids of all live processes whose environment has `entry` (NAME=value): a program and
/// whatever came of it, in any group or session. The dead that nobody has reaped yet have no
/// environment.
inline std::vector<pid_t> processes_with(std::string_view entry) {
  std::vector<pid_t> found;
  for (const auto& dir : std::filesystem::directory_iterator("/proc")) {
    const std::string name = dir.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const std::string environment = '\0' + read_file(dir.path() / "environ");
    if (environment.find('\0' + std::string(entry) + '\0') != environment.npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

}  // namespace cairn::prover
