#include "chain/sender_turn.h"

#include <algorithm>

#include "chain/keccak.h"

namespace cairn::chain::sender {
namespace {

/// More gas than any block has: an estimate above it is nonsense.
constexpr std::uint64_t gas_max = 1ull << 40;

}  // namespace

Status Turn::begin() {
  CAIRN_ASSIGN(head, on.chain.head());
  CAIRN_ASSIGN(mined_nonce, on.chain.mined_nonce(on.signer.address()));
  return {};
}

Step Turn::go(State state) {
  const bool restarts = state == State::planned || state == State::given_up;
  if (restarts || state == State::window_lost) retire(row.commit);
  if (restarts || state == State::window_lost || state == State::commit_sent) retire(row.reveal);
  if (restarts) {
    retire(row.pay);
    row.round = 0;
    row.adopted_block = 0;
  }
  row.state = state;
  row.since_block = 0;
  fact("sender", std::string(state_name(state)));
  Step out;
  out.row = std::move(row);
  out.facts = std::move(facts);
  return out;
}

Step Turn::sent(State state) {
  Step out = go(state);
  out.delay_ms = signed_now ? 0 : on.policy.poll_ms;
  return out;
}

Step Turn::wait(std::string what) {
  if (!blocked.empty()) what += " (" + blocked + ")";
  fact("sender", std::string(state_name(row.state)));
  fact("waiting_for", std::move(what));
  Step out;
  out.row = std::move(row);
  out.delay_ms = signed_now ? 0 : soon ? on.policy.retry_ms() : on.policy.poll_ms;
  out.facts = std::move(facts);
  return out;
}

Result<Step> Turn::ask_nonce(State state) {
  if (row.retired.size() + live_max > retired_max) {
    return wait("nonces of abandoned transactions to be used up");
  }
  CAIRN_ASSIGN(const std::uint64_t floor, on.chain.pending_nonce(on.signer.address()));
  Step out = go(state);
  out.nonce_floor = std::max(floor, mined_nonce);
  return out;
}

Step Turn::end(std::string status) {
  Step out = go(row.state);
  out.facts.emplace_back("waiting_for", "");
  out.end = std::move(status);
  return out;
}

Step Turn::die(std::string why) {
  if (!row.retired.empty()) return wait("abandoned nonces to be used up before stopping: " + why);
  Step out = go(row.state);
  out.dead = std::move(why);
  return out;
}

Result<bool> Turn::simulates(const Bytes& data) {
  CAIRN_ASSIGN(const Simulation result, on.chain.simulate(on.signer.address(), data));
  if (!result.succeeds) {
    blocked = "it would revert: " + result.revert;
    return false;
  }
  const std::uint64_t gas = std::min(result.gas, gas_max);
  row.gas = gas + gas / 100 * on.policy.gas_margin_percent;
  return true;
}

Digest32 proof_digest(const Row& row) { return keccak256(ByteView(row.proof)); }

}  // namespace cairn::chain::sender
