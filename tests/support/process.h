// Other programs, for tests: run one to its end, or keep one running as long as an object lives.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cairn::test {

/// The root of the repository (CAIRN_SOURCE_DIR, or found above this program).
std::filesystem::path source_dir();
/// The program itself of "anvil", "cast" or "forge": the npm package's own command is a Node script
/// that starts it, whose death would leave it behind.
std::filesystem::path foundry_tool(const std::string& name);

struct Output {
  int status;  ///< Exit status, or 128 + signal.
  std::string out;
  std::string err;
};
/// Runs argv to its end. Its standard input is empty.
Output run(const std::vector<std::string>& argv);
/// The standard output of a cast command without the last newline; aborts with its error otherwise.
std::string cast(std::vector<std::string> arguments);

/// A new empty directory, removed with all in it.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A running program. It is killed when the object goes, or by the kernel when the test dies first.
class Child {
 public:
  /// Standard output and error go to the end of `log`.
  Child(const std::vector<std::string>& argv, const std::filesystem::path& log);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  void signal(int number);
  /// SIGSTOP, and waits until every thread of it stands still. SIGCONT lets it go on.
  void pause();
  /// True while it runs; collects it when it has ended.
  bool running();
  /// Waits until `log` holds `text` behind its first `from` bytes; where in it that ends. 0 when the program
  /// has ended without saying so, or `timeout_ms` have passed.
  std::size_t says(const std::string& text, std::size_t from, std::int64_t timeout_ms);
  /// Waits until it ends, and returns its status as in Output.
  int wait();

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace cairn::test
