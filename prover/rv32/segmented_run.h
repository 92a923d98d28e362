// A run of a program as it is proved: an executor, and the memory tree that it moves on.
#pragma once

#include "prover/rv32/executor.h"
#include "prover/rv32/image_tree.h"
#include "prover/rv32/memory_tree.h"

namespace cairn::rv32 {

/// Not thread-safe; movable.
class SegmentedRun {
 public:
  /// Ready to run from the entry. Errors: exhausted (address space), invalid_input (more input than
  /// kInputBytesMax).
  static Result<SegmentedRun> start(const Image& image, ByteView input, const RunLimits& limits);

  /// As Executor::run_segment(), kept. One that can be proved, which is one with cycles that neither trapped
  /// nor ended by the cycle limit, has its roots and siblings, and the journal when it is the last.
  Segment next(const SegmentLimits& limits);

  const Executor& executor() const { return executor_; }
  const engine::Digest& image() const { return image_; }

 private:
  SegmentedRun(Executor executor, MemoryTree tree, const engine::Digest& image)
      : executor_(std::move(executor)), tree_(std::move(tree)), image_(image) {}

  Executor executor_;
  MemoryTree tree_;
  engine::Digest image_;
};

}  // namespace cairn::rv32
