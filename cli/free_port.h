// Ports of the loopback interface for the servers that `cairn up` runs.
#pragma once

#include <string>

#include "common/result.h"

namespace cairn::cli {

/// A port that is free now; the one of the last run, which the file `remembered` holds, when it still
/// is. Writes what it chose into that file. Errors: unavailable.
Result<int> choose_port(const std::string& remembered);

}  // namespace cairn::cli
