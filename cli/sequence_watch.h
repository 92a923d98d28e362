// Counts the sequences of a pool by their state and by the sender's, for the metrics of the dispatcher
// that looks after the whole pool.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/metrics.h"
#include "pipeline/store.h"

namespace cairn::cli {

/// Used by one thread. Both are borrowed.
class SequenceWatch {
 public:
  SequenceWatch(pipeline::Store& store, Metrics& metrics) : store_(store), metrics_(metrics) {}

  /// Every kPeriodMs a count begins that reads all sequences, the ended ones that are remembered included:
  /// kPage of them now and as many again with each call from kPageMs later on, so that nobody waits for the
  /// store. The metrics change when all are counted. Errors: those of the store; the count begins anew.
  Status tick(std::int64_t now_ms);

  static constexpr std::int64_t kPeriodMs = 5'000, kPageMs = 50;
  static constexpr std::size_t kPage = 200;
  /// Sequences that begin at one height are read at once; more than these are not counted.
  static constexpr std::size_t kSameHeightMax = 10'000;

 private:
  struct Count {
    std::map<std::string, double, std::less<>> by_state, by_sender;
    double rounds_lost = 0;
    std::optional<std::uint64_t> lowest;  ///< height of an unfinished one
    // Where the next page begins.
    std::uint64_t height = 0;
    std::set<pipeline::GroupId> counted;  ///< at that height
    std::size_t page = kPage;
  };
  /// Counts one page. True when it was the last.
  Result<bool> read_page();
  void add(const pipeline::GroupRecord& group);
  void show() const;

  pipeline::Store& store_;
  Metrics& metrics_;
  std::int64_t next_ms_ = 0;
  Count count_;
};

}  // namespace cairn::cli
