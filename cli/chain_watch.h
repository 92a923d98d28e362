// Watches the chain for people: the head, the fees and the prover's account at every look, and what
// happened since the last one, as counters. The sender needs none of it.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "chain/chain.h"
#include "common/metrics.h"

namespace cairn::cli {

class ChainWatch {
 public:
  struct Questions {
    chain::Chain& chain;  ///< metered: what it answers is shown by ChainGauges
    /// Events of the contract in blocks `from` … `to`, inclusive.
    std::function<Result<std::vector<chain::Event>>(std::uint64_t from, std::uint64_t to)> events;
    chain::Address prover;
    std::uint64_t confirmations;  ///< events count when they are so deep, their own block included
  };
  ChainWatch(Questions questions, Metrics& metrics);

  /// One look. An error says only that the chain did not answer: the next look makes up for it.
  Status look();

 private:
  Status look_at_head();
  Status look_at_events();

  Questions on_;
  Metrics& metrics_;
  std::deque<chain::Head> heads_;  // seen, oldest first
  std::uint64_t next_block_ = 0;   // whose events are not counted yet; 0: begin at the present depth
};

/// Looks every `period_ms` on a thread of its own, until it is destroyed.
class ChainWatchThread {
 public:
  ChainWatchThread(ChainWatch watch, std::int64_t period_ms);

 private:
  std::jthread thread_;
};

}  // namespace cairn::cli
