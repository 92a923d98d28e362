// From a settled commitment to the reward, and to the end.
#include <algorithm>

#include "chain/sender_turn.h"

namespace cairn::chain::sender {
namespace {

std::string hex0x(const Digest32& d) { return "0x" + hex(d); }

Result<Scene> own_scene(Turn& t) { return t.scene(t.row.round); }

/// The transaction that settled our commitment may be one that was given up and mined all the same.
Status find_settlement(Turn& t) {
  for (std::size_t i = 0; i < t.row.retired.size(); ++i) {
    CAIRN_ASSIGN(const auto receipt, t.look(t.row.retired[i]));
    if (!receipt || !t.settled(*receipt)) continue;
    std::optional<Tx> unmined = std::move(t.row.reveal);
    t.row.reveal = std::move(t.row.retired[i]);
    t.row.retired.erase(t.row.retired.begin() + static_cast<std::ptrdiff_t>(i));
    t.retire(unmined);
    return {};
  }
  return {};
}

/// True once the head has moved since `verified` first held; debounces answers given at two heads.
bool long_since(Turn& t) {
  if (t.row.since_block == 0) t.row.since_block = std::max<std::uint64_t>(t.head.number, 1);
  return t.head.number > t.row.since_block;
}

/// The settlement is gone from the canonical chain: back to whatever can restore it.
Result<Step> unsettled(Turn& t) {
  if (t.row.reveal) {
    CAIRN_ASSIGN(const auto receipt, t.look(*t.row.reveal));
    if (receipt && t.settled(*receipt)) return t.wait("the node to agree with itself");
  }
  t.retire(t.row.pay);
  return t.go(t.row.reveal ? State::reveal_sent : State::commit_mined);
}

/// Reads the reward out of the receipts of the row. Returns whether all of them are deep.
Result<bool> collect_receipts(Turn& t) {
  bool all_deep = true;
  for (std::optional<Tx>* tx : {&t.row.reveal, &t.row.pay}) {
    if (!*tx) continue;
    CAIRN_ASSIGN(const auto receipt, t.look(**tx));
    all_deep = all_deep && t.deep(**tx);
    if (!receipt) continue;
    const std::string name = tx == &t.row.reveal ? "reveal" : "pay";
    t.fact(name + "_block", std::to_string(receipt->block_number));
    t.fact(name + "_tx", hex0x((*tx)->attempts[(*tx)->mined->attempt].hash));
    if (const auto wei = t.reward(*receipt)) t.fact("reward_wei", wei->decimal());
  }
  return all_deep;
}

}  // namespace

Result<Step> verified(Turn& t) {
  if (t.row.reveal) {
    CAIRN_ASSIGN(const auto receipt, t.look(*t.row.reveal));
    if (!receipt) CAIRN_TRY(find_settlement(t));
  } else {
    CAIRN_TRY(find_settlement(t));
  }
  CAIRN_ASSIGN(const Scene scene, own_scene(t));
  if (scene.ours.state != CommitmentState::settled) return unsettled(t);
  if (t.row.reveal && !t.row.reveal->mined) {
    if (!long_since(t)) return t.wait("the reveal to be mined");
    t.retire(t.row.reveal);
  }
  if (scene.ours.paid) return t.go(State::paid);
  if (t.row.pay) return t.go(State::pay_sent);  // a node that lost sight of it has sent us back here
  const SequenceView& sequence = scene.sequence;
  const bool due = sequence.settled_count >= sequence.committed_count || t.head.number >= scene.settle_last();
  if (!due) {
    return t.wait("the other commitments to settle, or block " + std::to_string(scene.settle_last() + 1));
  }
  CAIRN_ASSIGN(const bool fits, t.simulates(t.on.signer.pay_reward_data(t.row.sequence)));
  if (!fits) return t.wait("the reward to be due");
  return t.ask_nonce(State::pay_nonce);
}

Result<Step> pay_nonce(Turn& t) {
  const auto nonce = t.fresh_nonce();
  if (!nonce) return t.ask_nonce(State::pay_nonce);
  CAIRN_ASSIGN(t.row.pay, t.sign(Purpose::pay, *nonce, no_deadline));
  return t.go(State::pay_signed);
}

Result<Step> pay_signed(Turn& t) {
  CAIRN_ASSIGN(const auto receipt, t.look(*t.row.pay));
  if (receipt) return t.go(State::pay_sent);
  CAIRN_ASSIGN(const bool fits, t.simulates(t.on.signer.pay_reward_data(t.row.sequence)));
  if (!fits) {
    t.retire(t.row.pay);
    return t.go(State::verified);
  }
  CAIRN_TRY(t.push(*t.row.pay, no_deadline));
  return t.sent(State::pay_sent);
}

Result<Step> pay_sent(Turn& t) {
  Tx& tx = *t.row.pay;
  CAIRN_ASSIGN(const auto receipt, t.look(tx));
  if (receipt) {
    if (t.reward(*receipt)) return t.go(State::paid);
    t.retire(t.row.pay);
    return t.go(State::verified);
  }
  if (t.nonce_lost(tx)) {
    t.row.pay.reset();
    return t.go(State::verified);
  }
  CAIRN_ASSIGN(const Scene scene, own_scene(t));
  if (scene.ours.state != CommitmentState::settled) return unsettled(t);
  if (scene.ours.paid) {
    if (!long_since(t)) return t.wait("the payment to be mined");
    t.retire(t.row.pay);
    return t.go(State::paid);
  }
  CAIRN_TRY(t.push(tx, no_deadline));
  return t.wait("the payment to be mined");
}

Result<Step> paid(Turn& t) {
  CAIRN_ASSIGN(const bool receipts_deep, collect_receipts(t));
  CAIRN_ASSIGN(const Scene scene, own_scene(t));
  if (!scene.ours.paid || scene.ours.state != CommitmentState::settled) {
    t.facts.clear();
    return t.go(t.row.pay ? State::pay_sent : State::verified);
  }
  const bool moved = long_since(t);
  if (t.row.reveal && !t.row.reveal->mined) return t.go(State::verified);
  if (t.row.pay && !t.row.pay->mined && moved) t.retire(t.row.pay);
  const bool long_seen = t.head.number + 1 >= t.row.since_block + t.on.policy.confirmations_final;
  const bool deep = t.row.reveal ? receipts_deep : long_seen;
  if (!deep || !t.row.retired.empty()) {
    return t.wait(std::to_string(t.on.policy.confirmations_final) + " blocks on the payment");
  }
  return t.end("verified");
}

}  // namespace cairn::chain::sender
