// One child process of `cairn up`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/result.h"

namespace cairn::cli {

struct ChildSpec {
  std::string name;
  std::vector<std::string> argv;                   ///< argv[0] is looked up in PATH
  std::string log_path;                            ///< standard output and error are appended here
  std::map<std::string, std::string> environment;  ///< added to ours
  bool opens_log = false;                          ///< it opens the file itself, for each line
};

/// Starts the process in a process group of its own. The kernel sends it SIGTERM when we die, however
/// that happens. Errors: not_found (no such program), unavailable.
Result<pid_t> start_child(const ChildSpec& spec);

/// A process that is told apart from a later one with the same number by when it started.
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t started = 0;  ///< clock ticks since boot, from /proc
};
/// nullopt-like: started 0 when there is no such process.
ProcessId identify(pid_t pid);
bool alive(const ProcessId& process);

/// True when `path` names an executable, directly or through PATH.
bool executable_exists(const std::string& path);

}  // namespace cairn::cli
