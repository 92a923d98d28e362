// What the answers of a chain say, as gauges: the head, the fees, the prover's account, and how many
// blocks are left in the windows of the sequences that somebody asks about.
#pragma once

#include <map>
#include <mutex>

#include "chain/chain.h"
#include "common/metrics.h"

namespace cairn::cli {

/// Wei and token units as a metric shows them: the nearest double.
double number(const chain::U256& value);

/// Thread-safe. `metrics` is borrowed.
class ChainGauges {
 public:
  explicit ChainGauges(Metrics& metrics) : metrics_(metrics) {}

  void note_head(const chain::Head& head);
  void note_windows(const chain::Windows& windows);
  /// An open sequence counts until it is asked about no more, for kForgottenBlocks.
  void note_sequence(const chain::SequenceId& id, const chain::SequenceView& view);
  void note_fees(const chain::FeeMarket& fees);
  void note_balance(const chain::U256& wei);
  void note_prover(const chain::ProverView& prover);

  static constexpr std::uint64_t kForgottenBlocks = 64;

 private:
  struct Seen {
    chain::SequenceView view{};
    std::uint64_t head = 0;  // when it was asked about
  };
  void show_windows();

  Metrics& metrics_;
  std::mutex mutex_;
  std::uint64_t head_ = 0;
  chain::Windows windows_{};
  std::map<chain::SequenceId, Seen> sequences_;
};

}  // namespace cairn::cli
