// Memory of a tree of processes, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace cairn::prover {

/// Bytes of memory that the descendants of `root`, without `root` itself, hold now. Pages that
/// several of them share count once for each. Processes that end meanwhile count as nothing.
std::uint64_t resident_bytes(pid_t root);

}  // namespace cairn::prover
