// The invariants of the sender.
#include <algorithm>

#include "chain/fees.h"
#include "chain/sender.h"
#include "tests/support/sender_world.h"

namespace cairn::sim {

namespace sender = chain::sender;
using chain::CommitmentState;
using chain::SequenceState;

namespace {

std::string what_of(const SimTx& tx) {
  return std::string(purpose_name(tx.call.purpose)) + " " + hex(tx.call.sequence).substr(0, 4);
}

/// By who fills the gap of a stuck holder, and by the holder near its deadline.
constexpr unsigned takeovers_max = 2;

template <class Visit>
void each_tx(const sender::Row& row, Visit visit) {
  if (row.commit) visit(*row.commit);
  if (row.reveal) visit(*row.reveal);
  if (row.pay) visit(*row.pay);
  for (const sender::Tx& tx : row.retired) visit(tx);
}

}  // namespace

void SenderWorld::watch_broadcast(const SimTx& tx) {
  if (tx.call.purpose == Purpose::reveal) public_proofs_.insert(tx.call.proof);
  if (playing_ == nullptr) return;
  Pool& pool = *playing_;
  if (!pool.durable.contains(tx.hash)) fail("broadcast before it was stored: " + what_of(tx));

  // One live purpose per nonce: a row may turn its own into a fill, and never back.
  auto& uses = pool.used[tx.nonce][group_];
  const bool fill = tx.call.purpose == Purpose::fill;
  if (!fill && !stale_ && faults_.rollback == 0 && faults_.foreign == 0) {
    for (const std::string& use : uses) {
      if (use != what_of(tx)) {
        fail("nonce " + std::to_string(tx.nonce) + " used for " + use + " and " + what_of(tx));
      }
    }
  }
  if (!stale_) uses.insert(fill ? "fill" : what_of(tx));
  if (fill) ++tally.fills;
  check_bid(pool, tx);

  const bool simulated = blocks_in_step_ == 0 && chain_->next_block_calls;
  if (tx.call.purpose == Purpose::commit && simulated) {
    const std::string revert = chain_->would_revert(tx.from, tx.call);
    if (!revert.empty()) fail("a commitment that would revert: " + revert);
  }
  if (tx.call.purpose == Purpose::pay) {
    const SimState& s = chain_->state();
    const auto& sequence = s.sequences.at(tx.call.sequence);
    const SimCommitment* c = s.find(tx.call.sequence, sequence.view.round, tx.from);
    if (blocks_in_step_ == 0 && (c == nullptr || c->paid)) fail("a second payment asked for");
  }
  if (tx.call.purpose == Purpose::reveal || tx.call.purpose == Purpose::settle) {
    check_reveal(pool, tx);
  }
}

/// Rows that meet at a nonce do not outbid each other up to the fee limit.
void SenderWorld::check_bid(Pool& pool, const SimTx& tx) {
  const bool is_new = pool.sent_by.try_emplace(tx.hash, group_).second;
  const auto pending = chain_->pool.find({tx.from, tx.nonce});
  if (!is_new || pending == chain_->pool.end() || !chain::replaces(pending->second.fees, tx.fees)) return;
  const auto holder = pool.sent_by.find(pending->second.hash);
  if (holder == pool.sent_by.end() || holder->second == group_) return;
  if (++pool.takeovers[tx.nonce] > takeovers_max) {
    fail("rows outbid each other at nonce " + std::to_string(tx.nonce));
  }
}

void SenderWorld::check_reveal(Pool& pool, const SimTx& tx) {
  const SimState& s = chain_->state();
  const auto& sequence = s.sequences.at(tx.call.sequence).view;
  const bool proven = sequence.state == SequenceState::proven;
  const std::uint64_t next = chain_->number() + 1;
  const std::uint64_t commit_last = sequence.first_commit_block + windows_.commit_blocks;
  const std::uint64_t last =
      proven ? sequence.proven_block + windows_.settlement_blocks : commit_last + windows_.reveal_blocks;
  const SimCommitment* c = s.find(tx.call.sequence, sequence.round, tx.from);
  const bool first = tx.call.purpose == Purpose::reveal && pool.shown.insert(tx.call.sequence).second;
  if (c == nullptr || c->state == CommitmentState::none) {
    fail("a reveal without a canonical commitment");
  } else if (c->state == CommitmentState::slashed) {
    fail("a reveal for a slashed commitment");
  }
  if (!proven && sequence.state != SequenceState::open) fail("a reveal for a sequence not open");
  if (!proven && next <= commit_last) fail("a reveal in the commit window");
  if (next > last + blocks_in_step_) fail("a reveal after its window");
  if (!first) return;
  if (next + policy_.reveal_margin_blocks > last + 1 + blocks_in_step_) {
    fail("the proof was first shown " + std::to_string(last + 1 - next) + " blocks before the end");
  }
  if (!proven && chain_->number() < commit_last + policy_.reveal_depth_blocks) {
    fail("the proof was shown too close to the commit window");
  }
  if (blocks_in_step_ != 0) return;
  const std::string revert = chain_->would_revert(tx.from, tx.call);
  if (!revert.empty()) fail("the proof was shown to revert: " + revert);
  if (tx.fees.max_fee_per_gas < chain::U256(chain_->base_fee)) fail("shown below the base fee");
  const auto mined = s.nonces.find(tx.from);
  std::uint64_t below = mined == s.nonces.end() ? 0 : mined->second;
  while (chain_->pool.contains({tx.from, below})) ++below;
  if (below < tx.nonce) fail("the proof was shown behind a nonce gap");
}

void SenderWorld::check_row(Pool& pool, Entry& entry) {
  const sender::Row row = sender::decode_row(entry.task.payload).value();
  std::set<std::uint64_t> all;
  entry.nonces.clear();
  each_tx(row, [&](const sender::Tx& tx) {
    if (!all.insert(tx.nonce).second) fail("one nonce twice in a row");
    if (tx.attempts.front().purpose != Purpose::fill) entry.nonces.insert(tx.nonce);
    if (tx.attempts.size() > 1) ++tally.raises;
    for (std::size_t i = 0; i < tx.attempts.size(); ++i) {
      pool.durable.insert(tx.attempts[i].hash);
      if (i > 0) check_raise(tx.attempts[i - 1], tx.attempts[i]);
    }
  });
  if (faults_.rollback != 0 || faults_.foreign != 0) return;
  for (const auto& [id, other] : pool.store.tasks) {
    if (other.task.group == entry.task.group) continue;
    for (const std::uint64_t nonce : entry.nonces) {
      if (other.nonces.contains(nonce)) fail("one nonce in two rows");
    }
  }
}

void SenderWorld::check_raise(const sender::Attempt& old, const sender::Attempt& next) {
  const bool fill = next.purpose == Purpose::fill;
  const bool same_offer = old.fees.max_fee_per_gas == next.fees.max_fee_per_gas &&
                          old.fees.max_priority_fee_per_gas == next.fees.max_priority_fee_per_gas;
  if (!chain::replaces(old.fees, next.fees) && !(fill && same_offer)) {
    fail("a raise below the strict rule");
  }
  if (next.purpose != old.purpose && !fill) fail("an attempt changed its purpose");
}

void SenderWorld::check_end(Pool& pool, const std::string& group, const std::string& end) {
  const SequenceId id = sequences_.at(std::stoul(group.substr(1)));
  const SimState& s = chain_->state();
  const auto& sequence = s.sequences.at(id).view;
  const SimCommitment* c = s.find(id, sequence.round, pool.signer->address());
  const bool settled = c != nullptr && c->state == CommitmentState::settled;
  if (end == "verified") {
    ++tally.verified;
    if (!settled || !c->paid) fail("verified, but not settled and paid on chain");
  } else if (end == "given_up") {
    ++tally.given_up;
    const bool over = sequence.state == SequenceState::proven || sequence.state == SequenceState::reclaimed ||
                      chain_->number() >= sequence.expiry;
    if (settled || !over) fail("given up with something left to win");
  } else {
    fail("an unknown end: " + end);
  }
}

void SenderWorld::check_quiescence() {
  for (Pool& pool : pools_) {
    for (const auto& [id, entry] : pool.store.tasks) {
      const auto row = sender::decode_row(entry.task.payload).value();
      fail("never ended: " + id + " in " + std::string(state_name(row.state)) + ", waiting for " +
           entry.waiting_for);
    }
    for (const auto& [group, end] : pool.store.ends) tally.dead += end == "dead";
    const std::size_t ended = pool.store.ends.size() + pool.cancelled.size();
    if (ended < sequences_.size()) fail("a sequence without an end");
    if (faults_.cancel != 0) continue;
    const Address who = pool.signer->address();
    for (const auto& [key, tx] : chain_->pool) {
      const bool foreign = tx.call.sequence == sim_digest("else");
      // A forgotten row's transaction behind a nonce that was never used waits for the next row.
      const auto next = chain_->state().nonces.find(who);
      const std::uint64_t used = next == chain_->state().nonces.end() ? 0 : next->second;
      const bool forgotten = faults_.rollback != 0 && tx.nonce > used;
      if (key.first == who && !foreign && !forgotten) fail("a transaction left over: " + what_of(tx));
    }
    if (faults_.rollback != 0 || faults_.foreign != 0) continue;
    const auto counter = pool.store.counters.find(sender::nonce_counter(who));
    const std::uint64_t granted = counter == pool.store.counters.end() ? 0 : counter->second;
    const auto mined = chain_->state().nonces.find(who);
    const std::uint64_t used = mined == chain_->state().nonces.end() ? 0 : mined->second;
    if (granted != used) {
      fail("nonces granted " + std::to_string(granted) + ", used " + std::to_string(used));
    }
  }
  for (const auto& [id, s] : chain_->state().sequences) {
    if (s.view.state == SequenceState::proven && s.reward_left > 1'000'000) fail("reward grew");
  }
}

}  // namespace cairn::sim
