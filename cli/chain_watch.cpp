#include "cli/chain_watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "cli/chain_gauges.h"

namespace cairn::cli {
namespace {

constexpr std::size_t kHeadsMax = 64;
constexpr std::uint64_t kBlocksPerLook = 1'000;

}  // namespace

ChainWatch::ChainWatch(Questions questions, Metrics& metrics) : on_(std::move(questions)), metrics_(metrics) {
  for (const Metric counter : {Metric::rewards, Metric::slashes, Metric::reorgs})
    metrics_.add(counter, {}, 0);
}

Status ChainWatch::look() {
  CAIRN_TRY(look_at_head());
  CAIRN_TRY(on_.chain.fee_market());
  CAIRN_TRY(on_.chain.balance(on_.prover));
  CAIRN_TRY(on_.chain.prover(on_.prover));
  return look_at_events();
}

/// One replaced head is one reorg, however many blocks below it were replaced, too.
Status ChainWatch::look_at_head() {
  bool replaced = false;
  while (!heads_.empty()) {
    CAIRN_ASSIGN(const auto hash, on_.chain.block_hash(heads_.back().number));
    if (hash == heads_.back().hash) break;
    replaced = true;
    heads_.pop_back();
  }
  if (replaced) metrics_.add(Metric::reorgs);
  CAIRN_ASSIGN(const chain::Head head, on_.chain.head());
  if (heads_.empty() || heads_.back().number != head.number) heads_.push_back(head);
  if (heads_.size() > kHeadsMax) heads_.pop_front();
  return {};
}

Status ChainWatch::look_at_events() {
  const std::uint64_t head = heads_.back().number;
  if (head + 1 < on_.confirmations) return {};
  const std::uint64_t deep = head + 1 - on_.confirmations;
  if (next_block_ == 0) next_block_ = deep + 1;
  while (next_block_ <= deep) {
    const std::uint64_t to = std::min(deep, next_block_ + kBlocksPerLook - 1);
    CAIRN_ASSIGN(const auto events, on_.events(next_block_, to));
    for (const chain::Event& event : events) {
      if (event.prover != on_.prover) continue;
      if (event.kind == chain::Event::Kind::paid) metrics_.add(Metric::rewards, {}, number(event.amount));
      if (event.kind == chain::Event::Kind::slashed) metrics_.add(Metric::slashes);
    }
    next_block_ = to + 1;
  }
  return {};
}

ChainWatchThread::ChainWatchThread(ChainWatch watch, std::int64_t period_ms)
    : thread_([watch = std::move(watch), period_ms](const std::stop_token& stop) mutable {
        std::mutex mutex;
        std::condition_variable_any woken;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
          (void)watch.look();
          woken.wait_for(lock, stop, std::chrono::milliseconds(period_ms), [] { return false; });
        }
      }) {}

}  // namespace cairn::cli
