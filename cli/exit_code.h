// How `cairn` ends; documented in docs/cli.md and in `cairn --help`.
#pragma once

#include "common/result.h"

namespace cairn::cli {

enum Exit : int {
  exit_ok = 0,
  exit_failure = 1,       // it ran, and what was asked did not come true
  exit_usage = 2,         // the command line is wrong
  exit_not_found = 3,     // no such pool, sequence or task
  exit_partial = 4,       // some of it came true
  exit_unavailable = 69,  // a peer (Redis, chain, dispatcher) cannot be reached
  exit_temporary = 75,    // the same command may succeed later
  exit_config = 78,       // the configuration is wrong
};

/// What a command line gets wrong is refused before there is an Error, so that an input which is wrong is
/// the configuration's: the file, an environment variable over it, or a file that it names.
constexpr Exit exit_for(Code code) {
  switch (code) {
    case Code::invalid_input:
      return exit_config;
    case Code::not_found:
      return exit_not_found;
    case Code::unavailable:
      return exit_unavailable;
    case Code::timeout:
    case Code::exhausted:
    case Code::cancelled:
      return exit_temporary;
    default:
      return exit_failure;
  }
}

}  // namespace cairn::cli
