// The process between Cairn and an external program. Forked from a process with threads, it never
// execs and calls only async-signal-safe functions. It is the parent of the program and, as
// subreaper, of everything that the program leaves behind; it ends only when all of that is dead,
// and it ends all of it when Cairn itself dies.
//
// Each program runs in its own process group, so that it can be told to stop as a whole;
// descendants that left the group (setsid) are found as the guard's children once their parents are
// gone. A guard that is itself killed with SIGKILL takes the program along (PR_SET_PDEATHSIG), but
// cannot take descendants that left the group.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>

namespace cairn::prover {

/// All pointers outlive the call. All descriptors are above 3 and close-on-exec.
struct GuardCall {
  const char* executable;  ///< absolute path
  char* const* argv;       ///< ends with nullptr
  char* const* envp;       ///< ends with nullptr
  const char* directory;   ///< working directory
  rlim_t file_bytes_max;   ///< RLIMIT_FSIZE: size of each file that the program writes
  int in, out, err;        ///< become the program's 0, 1, 2
  int control;             ///< the guard's end of a SOCK_SEQPACKET pair
};

/// Guard to Cairn, one packet each: `started` and perhaps `exec_failed`, in any order, then
/// `ended`, when no process is left. End of file without `ended`: the guard could not fork or was
/// killed.
struct GuardReport {
  enum Kind : std::int32_t { started, exec_failed, ended };
  Kind kind;
  std::int32_t value;  ///< started: process id and group of the program; exec_failed: errno;
                       ///< ended: status as of waitpid
};

/// Cairn to guard, one packet each. End of file means `kill_all`.
enum class GuardOrder : char { terminate = 'T', kill_all = 'K' };

/// Forks the guard and returns its process id, or -1 with errno. The caller reaps it.
pid_t start_guard(const GuardCall& call);

}  // namespace cairn::prover
