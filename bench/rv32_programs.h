// The programs that rv32_bench measures, and their inputs.
#pragma once

#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/json.h"
#include "prover/rv32/image.h"

namespace cairn::rv32 {

struct BenchProgram {
  std::string name;
  Image image;
  Bytes input;  ///< Enough for more than the largest count of cycles.
};

struct ProvingOptions {
  std::vector<unsigned> log_cycles, threads;
  unsigned log_inverse_rate = 1;
  unsigned calls = 2;     ///< of each; the fastest counts
  bool cpu_time = false;  ///< count CPU seconds per thread, for a machine that does other work as well
};

/// One line for each program, number of cycles and of threads: what proving its first segment costs. Printed
/// as text at once, unless `json`. Errors: what proving says.
Status measure_proving(const std::vector<BenchProgram>& programs, const ProvingOptions& options, bool json,
                       Json& lines);

}  // namespace cairn::rv32
