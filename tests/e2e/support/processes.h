// Other processes of this machine, by /proc, and waiting for what they do.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cairn::test {

/// A process, told apart from a later one with the same number by when it started.
struct Process {
  pid_t pid = 0;
  std::uint64_t started = 0;  ///< clock ticks since boot; 0: there is none
  std::string name;           ///< in its pool
};

/// What runs under `pid` now; started is 0 when nothing does, or only what waits to be collected.
Process look_up(pid_t pid, std::string name = {});
bool alive(const Process& process);
/// Signals this process and no other, even if its number was given away meanwhile. False when it is gone.
bool signal(const Process& process, int number);

/// Processes with `text` in their command line, as "pid command line".
std::vector<std::string> processes_naming(const std::string& text);
/// Processes that were started with `variable`, "NAME=value", in their environment; in the same form.
std::vector<std::string> processes_with(const std::string& variable);
/// The most memory that a process has held so far, bytes.
std::uint64_t peak_resident_bytes(pid_t pid);

/// Looks until `done` is true; false when `timeout_ms` have passed first.
bool eventually(std::int64_t timeout_ms, const std::function<bool()>& done);
/// Lets a scenario's own time pass, such as the random gap between two kills.
void pass_ms(std::int64_t ms);

}  // namespace cairn::test
