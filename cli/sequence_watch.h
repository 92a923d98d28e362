// Counts the sequences of a pool by their state and by the sender's, for the metrics of the dispatcher
// that looks after the whole pool.
#pragma once

#include "common/metrics.h"
#include "pipeline/store.h"

namespace cairn::cli {

/// Used by one thread. Both are borrowed.
class SequenceWatch {
 public:
  SequenceWatch(pipeline::Store& store, Metrics& metrics) : store_(store), metrics_(metrics) {}

  /// Looks at the store when the last look is kPeriodMs ago. Errors: those of the store.
  Status tick(std::int64_t now_ms);

  static constexpr std::int64_t kPeriodMs = 5'000;
  /// Sequences looked at, those with the lowest heights; ended ones that are remembered count.
  static constexpr std::size_t kSequencesMax = 1'000;

 private:
  Status look();

  pipeline::Store& store_;
  Metrics& metrics_;
  std::int64_t next_ms_ = 0;
};

}  // namespace cairn::cli
