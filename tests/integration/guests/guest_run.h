// Runs a guest of the build as `cairn execute` does.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "prover/rv32/elf.h"
#include "prover/rv32/segmented_run.h"
#include "prover/rv32/snapshot.h"

namespace cairn::test {

/// CAIRN_BINARY_DIR/guests/NAME.elf, loaded.
inline rv32::Image guest(const std::string& name) {
  std::ifstream in(std::string(std::getenv("CAIRN_BINARY_DIR")) + "/guests/" + name + ".elf",
                   std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  return rv32::load_elf(view(bytes)).value();
}

struct GuestRun {
  rv32::Ending ending;
  std::uint32_t exit_code = 0;
  Bytes journal;  ///< When it exited.
  rv32::TrapReport trap;
  std::uint64_t cycles = 0;
};

/// In segments of the smallest class, so that cuts are met; every segment is run again from its snapshot.
inline GuestRun run_guest(const rv32::Image& image, ByteView input,
                          const rv32::RunLimits& limits = {1u << 28, 64u << 20},
                          unsigned log_class = rv32::kLogClassMin, bool replay = false) {
  rv32::SegmentedRun run = rv32::SegmentedRun::start(image, input, limits).value();
  const rv32::Executor& executor = run.executor();
  GuestRun out{};
  while (executor.ending() == rv32::Ending::running) {
    const rv32::Segment segment = run.next(rv32::segment_class(log_class));
    out.exit_code = segment.exit_code;
    if (!replay || executor.ending() == rv32::Ending::trapped ||
        executor.ending() == rv32::Ending::cycle_limit)
      continue;
    const auto snapshot = rv32::decode_snapshot(rv32::encode({rv32::to_bytes(run.image()), segment}));
    const Status status = snapshot.ok() ? rv32::check_by_replay(*snapshot) : Status(snapshot.error());
    EXPECT_TRUE(status.ok()) << status.error().what;
  }
  out.ending = executor.ending();
  out.trap = executor.trap();
  out.cycles = executor.state().cycle;
  if (out.ending == rv32::Ending::exited) out.journal = executor.journal();
  return out;
}

}  // namespace cairn::test
