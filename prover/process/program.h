// Runs one external program under limits, and leaves nothing of it behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/result.h"
#include "prover/backend/backend.h"

namespace cairn::prover {

struct ProgramLimits {
  std::chrono::milliseconds time{std::chrono::minutes(10)};
  /// Between SIGTERM and SIGKILL when the program is stopped.
  std::chrono::milliseconds grace{2000};
  /// Resident memory of the program and all its descendants together. Measured every 50 ms, so a
  /// program can exceed it for that long; address space is not limited, because runtimes such as
  /// node reserve far more than they use. A page shared by several processes counts for each.
  std::uint64_t memory_bytes_max = 4ull << 30;
  /// Size of each file that the program writes.
  std::uint64_t file_bytes_max = 1ull << 30;
};

struct ProgramCall {
  std::string executable;                ///< absolute path
  std::vector<std::string> argv;         ///< with argv[0]
  std::vector<std::string> environment;  ///< the whole of it, as NAME=value
  std::filesystem::path directory;       ///< working directory
  ProgramLimits limits;
};

/// Runs `call` to its end with standard input from /dev/null, in a process group of its own. Ok
/// when it exits with 0. Whatever the outcome, no process that it started is left when this
/// returns, not even one that left the group; when the calling process is killed, they are killed
/// too. (Two exceptions: somebody kills the guard with SIGKILL, see guard.h, or the kernel has no
/// /proc/PID/task/TID/children; then only the group is ended, and only it counts as memory.)
///
/// Errors, with exit code or signal and the tail of stderr (else stdout) in one line:
///   invalid_input  exit code 65 (EX_DATAERR)
///   unavailable    exit code 75 (EX_TEMPFAIL), or it cannot be started
///   exhausted      memory_bytes_max, or file_bytes_max (SIGXFSZ)
///   timeout        limits.time
///   cancelled      Control::cancelled(), asked every 50 ms
///   failed         any other exit code or signal
///
/// Thread-safe. Blocks the calling thread until the last process is dead, also where the kernel
/// holds one in an uninterruptible wait. The thread must live as long as the call: the kernel ties
/// the program's guard to it.
Status run_program(const ProgramCall& call, Control& control);

}  // namespace cairn::prover
