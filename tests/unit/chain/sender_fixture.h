// One row, one key, one SimChain: plays the store and the worker by hand.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "chain/sender.h"
#include "tests/support/sim_chain.h"

namespace cairn::chain::sender {

inline constexpr std::uint64_t gwei = 1'000'000'000;

/// Of one row in one test: far more than any needs, so that one that never comes to rest fails.
inline constexpr std::uint64_t steps_max = 3000;

/// A row with its key, as the store and the workers would carry it.
struct Hand {
  Hand(sim::SimChain& on, std::uint8_t name, const SequenceId& id, const Digest32& claim,
       std::string_view tail = "same")
      : chain(on), signer(sim::sim_address(name)), row(planned_row(id, claim, sim::sim_proof(claim, tail))) {}

  Services services() { return {chain, signer, policy}; }

  /// Runs a step and throws it away, as a crash does.
  Result<Step> crash() { return sender::step(row, granted, services()); }

  /// Runs a step and stores it. Throws when the row has taken steps_max of them.
  Step once() {
    if (++steps_taken > steps_max) throw std::length_error("the row comes to no rest in " + state());
    auto result = sender::step(row, granted, services());
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().what);
    if (!result.ok()) return {};
    row = decode_row(encode(result->row)).value();
    if (result->nonce_floor) {
      next_nonce = std::max(next_nonce, *result->nonce_floor);
      granted = next_nonce++;
    }
    if (desk(result->row.state) != at) {
      at = desk(result->row.state);
      granted.reset();
    }
    for (const auto& [name, value] : result->facts) facts[name] = value;
    end = result->end;
    dead = result->dead;
    return *result;
  }

  /// Steps, and blocks where it waits for one, until the row is in `state`.
  [[nodiscard]] bool reaches(State state, std::uint64_t blocks_max = 80) {
    const std::uint64_t last = chain.number() + blocks_max;
    for (int steps = 0; steps < 1000 && row.state != state; ++steps) {
      const Step done = once();
      if (!done.end.empty() || !done.dead.empty() || chain.number() > last) return false;
      if (row.state != state && done.delay_ms >= policy.poll_ms) chain.mine();
    }
    return row.state == state;
  }

  /// As reaches(), to the end of the row.
  std::string ends(std::uint64_t blocks_max = 200) {
    const std::uint64_t last = chain.number() + blocks_max;
    while (end.empty() && dead.empty() && chain.number() <= last) {
      if (once().delay_ms >= policy.poll_ms) chain.mine();
    }
    return end.empty() ? "dead: " + dead : end;
  }

  std::string state() const { return std::string(state_name(row.state)); }
  std::string fact(const std::string& name) const {
    const auto it = facts.find(name);
    return it == facts.end() ? "" : it->second;
  }

  sim::SimChain& chain;
  sim::SimSigner signer;
  Policy policy;
  Row row;
  std::string_view at = "hash_commit";
  std::optional<std::uint64_t> granted;
  std::uint64_t next_nonce = 0;
  std::uint64_t steps_taken = 0;
  std::map<std::string, std::string> facts;
  std::string end, dead;
};

class SenderTest : public ::testing::Test {
 protected:
  SenderTest() {
    chain.set_stake(us.signer.address(), 1000);
    chain.set_stake(rival.signer.address(), 1000);
    chain.on_broadcast = [this](const sim::SimTx& tx) { sent.push_back(tx); };
  }

  void open(std::uint64_t expiry = 1'000'000) { chain.open(id, claim, 1'000'000, expiry); }

  /// A transfer of nothing, signed and not sent.
  Tx fill(std::uint64_t nonce) const {
    const Fees fees{U256(9 * gwei), U256(gwei)};
    const SignedTx made = us.signer.fill_nonce(nonce, fees);
    Tx out;
    out.nonce = nonce;
    out.attempts = {{Purpose::fill, fees, 0, made.hash}};
    out.raw = made.raw;
    return out;
  }

  std::vector<sim::SimTx> sent_as(Purpose purpose) const {
    std::vector<sim::SimTx> out;
    for (const sim::SimTx& tx : sent) {
      if (tx.call.purpose == purpose && tx.from == us.signer.address()) out.push_back(tx);
    }
    return out;
  }

  /// A reorg of `depth` that loses all transactions, followed by as many empty blocks.
  void lose(std::uint64_t depth) {
    chain.unwind(depth, [](const sim::SimTx&) { return false; });
    for (std::uint64_t i = 0; i < depth; ++i) chain.mine([](const sim::SimTx&) { return false; });
  }
  void mine_empty(std::uint64_t blocks) {
    for (std::uint64_t i = 0; i < blocks; ++i) chain.mine([](const sim::SimTx&) { return false; });
  }

  /// A step of `hand`, with a block mined just before it first asks about its commitment.
  void once_with_a_block_between_two_questions(Hand& hand) {
    bool mined = false;
    const auto usual = std::exchange(chain.before, [&](std::string_view question) {
      if (question == "commitment" && !std::exchange(mined, true)) chain.mine();
      return Status();
    });
    hand.once();
    chain.before = usual;
    EXPECT_TRUE(mined);
  }

  std::uint64_t first_commit() const { return chain.state().sequences.at(id).view.first_commit_block; }
  const sim::SimCommitment* commitment(const Hand& hand, std::uint64_t round = 1) const {
    return chain.state().find(id, round, hand.signer.address());
  }
  std::uint64_t reward(const Hand& hand) const {
    const auto it = chain.state().rewards.find(hand.signer.address());
    return it == chain.state().rewards.end() ? 0 : it->second;
  }

  static constexpr std::uint64_t commit_blocks = 10, reveal_blocks = 10, settlement_blocks = 15;
  sim::SimChain chain{{commit_blocks, reveal_blocks, settlement_blocks, 100}};
  const SequenceId id = sim::sim_digest("sequence");
  const Digest32 claim = sim::sim_digest("claim");
  Hand us{chain, 1, id, claim};
  Hand rival{chain, 2, id, claim};
  std::vector<sim::SimTx> sent;
};

}  // namespace cairn::chain::sender
