#include "cli/chain_gauges.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace cairn::cli {
namespace {

/// Blocks left in the open windows of one kind.
struct Open {
  std::size_t count = 0;
  double left = std::numeric_limits<double>::quiet_NaN();

  void add(std::uint64_t blocks) {
    const auto more = static_cast<double>(blocks);
    left = count == 0 ? more : std::min(left, more);
    ++count;
  }
};

}  // namespace

double number(const chain::U256& value) { return std::strtod(value.decimal().c_str(), nullptr); }

void ChainGauges::note_head(const chain::Head& head) {
  metrics_.set(Metric::chain_head, {}, static_cast<double>(head.number));
  const std::lock_guard lock(mutex_);
  head_ = head.number;
  std::erase_if(sequences_, [&](const auto& entry) { return head_ > entry.second.head + kForgottenBlocks; });
  show_windows();
}

void ChainGauges::note_windows(const chain::Windows& windows) {
  const std::lock_guard lock(mutex_);
  windows_ = windows;
}

void ChainGauges::note_sequence(const chain::SequenceId& id, const chain::SequenceView& view) {
  const std::lock_guard lock(mutex_);
  if (view.state == chain::SequenceState::open && view.round != 0) {
    sequences_[id] = {view, head_};
  } else {
    sequences_.erase(id);
  }
  show_windows();
}

void ChainGauges::note_fees(const chain::FeeMarket& fees) {
  metrics_.set(Metric::base_fee, {}, number(fees.base_fee));
  metrics_.set(Metric::priority_fee, {}, number(fees.priority_fee));
}

void ChainGauges::note_balance(const chain::U256& wei) { metrics_.set(Metric::balance, {}, number(wei)); }

void ChainGauges::note_prover(const chain::ProverView& prover) {
  metrics_.set(Metric::stake, {}, number(prover.stake));
  metrics_.set(Metric::bonded, {}, number(prover.bonded));
  metrics_.set(Metric::unsettled, {}, static_cast<double>(prover.unsettled));
}

/// A transaction counts while it can still be mined in the window: the last block is not past the head.
void ChainGauges::show_windows() {
  Open commit, reveal;
  for (const auto& [id, seen] : sequences_) {
    const std::uint64_t commit_last = seen.view.first_commit_block + windows_.commit_blocks;
    const std::uint64_t reveal_last = commit_last + windows_.reveal_blocks;
    if (head_ < commit_last) {
      commit.add(commit_last - head_);
    } else if (head_ < reveal_last) {
      reveal.add(reveal_last - head_);
    }
  }
  for (const auto& [name, open] : {std::pair("commit", commit), std::pair("reveal", reveal)}) {
    metrics_.set(Metric::windows_open, {name}, static_cast<double>(open.count));
    metrics_.set(Metric::window_left, {name}, open.left);
  }
}

}  // namespace cairn::cli
