// Offers, receipts and failing nodes, whatever the state.
#include "tests/unit/chain/sender_fixture.h"

namespace cairn::chain::sender {
namespace {

class SenderTx : public SenderTest {
 protected:
  SenderTx() { open(); }
};

TEST_F(SenderTx, RaisesObeyTheStrictRule) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  chain.min_tip = 20 * gwei;
  for (int i = 0; i < 40 && us.state() == "commit_sent"; ++i) {
    us.once();
    chain.mine();
  }
  ASSERT_TRUE(us.row.commit);
  const auto& attempts = us.row.commit->attempts;
  ASSERT_GE(attempts.size(), 2u);
  for (std::size_t i = 1; i < attempts.size(); ++i) {
    EXPECT_TRUE(replaces(attempts[i - 1].fees, attempts[i].fees)) << i;
    EXPECT_EQ(attempts[i].gas, attempts[0].gas);
  }
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderTx, GasIsTheEstimateAndTheMargin) {
  struct Estimates : sim::SimChain {
    using SimChain::SimChain;
    std::uint64_t gas = 0;
    Result<Simulation> simulate(const Address&, ByteView) override { return Simulation{true, {}, gas}; }
  };
  ASSERT_TRUE(us.reaches(State::commit_signed));
  EXPECT_EQ(us.row.commit->attempts[0].gas, 130'000u) << "100,000 and 30 %";
  Estimates nonsense(chain::Windows{});
  static_cast<sim::SimChain&>(nonsense) = chain;
  nonsense.gas = UINT64_MAX;
  const Step step = sender::step(us.row, us.granted, {nonsense, us.signer, us.policy}).value();
  EXPECT_LT(step.row.gas, 1ull << 41) << "and it does not wrap";
  EXPECT_GT(step.row.gas, 1ull << 40);
}

TEST_F(SenderTx, AReceiptOfAnyAttemptCounts) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  mine_empty(us.policy.fees.patience_blocks + 1);
  us.once();
  us.once();
  const auto& attempts = us.row.commit->attempts;
  while (us.row.commit->attempts.size() < 2) us.once();
  // The node that mines has only the first one.
  sim::SimTx first = sent.front();
  ASSERT_EQ(first.hash, attempts[0].hash);
  chain.pool[{first.from, first.nonce}] = first;
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
  EXPECT_EQ(us.fact("commit_tx"), "0x" + hex(first.hash));
}

TEST_F(SenderTx, TheFeeLimitIsNeverPassed) {
  us.policy.fees.max_fee_per_gas = U256(10 * gwei);
  us.policy.fees.max_priority_fee_per_gas = U256(3 * gwei);
  ASSERT_TRUE(us.reaches(State::commit_sent));
  chain.base_fee = 50 * gwei;
  for (int i = 0; i < 60; ++i) {
    us.once();
    chain.mine();
  }
  for (const sim::SimTx& tx : sent) {
    EXPECT_LE(tx.fees.max_fee_per_gas, us.policy.fees.max_fee_per_gas);
    EXPECT_LE(tx.fees.max_priority_fee_per_gas, us.policy.fees.max_priority_fee_per_gas);
  }
  EXPECT_NE(us.fact("waiting_for").find("fee limit"), std::string::npos);
  chain.base_fee = gwei;
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderTx, AttemptsAreBounded) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  auto& attempts = us.row.commit->attempts;
  attempts.insert(attempts.begin(), attempts_max - 1, Attempt(attempts[0]));
  mine_empty(us.policy.fees.patience_blocks + 1);
  us.once();
  EXPECT_EQ(us.row.commit->attempts.size(), attempts_max);
  EXPECT_NE(us.fact("waiting_for").find("at the fee limit"), std::string::npos);
  chain.reclaim(id);
  while (us.row.retired.empty() || us.row.retired[0].attempts.back().purpose != Purpose::fill) us.once();
  EXPECT_EQ(us.row.retired[0].attempts.size(), attempts_max)
      << "the oldest is forgotten for the one that fills";
  EXPECT_EQ(us.ends(), "given_up");
}

TEST_F(SenderTx, OnlyTheTransactionThatMadeACommitmentIsTakenForIt) {
  us.row.retired.push_back(fill(0));
  us.next_nonce = 2;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  const auto other = us.signer.commit(id, sent.back().call.digest, 1, {U256(9 * gwei), U256(gwei)}, 0);
  chain.broadcast(other.raw).value();
  chain.mine();  // the fill, the other one, and ours, which reverts
  ASSERT_TRUE(us.reaches(State::commit_mined, 0));
  EXPECT_FALSE(us.fact("commit_reverted").empty());
  EXPECT_EQ(us.fact("adopted_round"), "1");
  EXPECT_FALSE(us.row.commit);
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderTx, ASettlementByATransactionThatWasGivenUpIsTheRowsOwn) {
  us.policy.confirmations_final = 40;
  us.row.retired.push_back(fill(0));  // mined long before, and no settlement
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  const sim::SimTx reveal = sent_as(Purpose::reveal).back();
  mine_empty(first_commit() + commit_blocks + reveal_blocks - chain.number());
  ASSERT_TRUE(us.reaches(State::planned, 0));
  ASSERT_FALSE(us.row.reveal);
  // In the other history it was mined in time.
  chain.unwind(1, [](const sim::SimTx&) { return false; });
  chain.pool[{reveal.from, reveal.nonce}] = reveal;
  chain.mine();
  ASSERT_TRUE(us.reaches(State::paid, 2));
  EXPECT_TRUE(us.row.reveal);
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("reveal_tx"), "0x" + hex(reveal.hash));
}

TEST_F(SenderTx, TheRevealThatCameTooLateGivesUpItsNonce) {
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  chain.set_stake(us.signer.address(), 0);
  chain.mine();  // it reverts
  chain.set_stake(us.signer.address(), 1000);
  us.once();
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  ASSERT_EQ(us.row.reveal->nonce, 2u);
  // In the other history the first one succeeds.
  chain.unwind(1, [](const sim::SimTx&) { return true; });
  chain.set_stake(us.signer.address(), 1000);
  chain.mine([](const sim::SimTx& tx) { return tx.nonce == 1; });
  ASSERT_TRUE(us.reaches(State::paid, 0));
  EXPECT_EQ(us.row.reveal->nonce, 1u);
  ASSERT_EQ(us.row.retired.size(), 1u);
  EXPECT_EQ(us.row.retired[0].nonce, 2u);
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_FALSE(sent_as(Purpose::fill).empty());
}

TEST_F(SenderTx, AReorgedTransactionThatIsStuckIsRaised) {
  ASSERT_TRUE(us.reaches(State::commit_mined));
  lose(1);
  for (std::uint64_t blocks = 0; blocks <= us.policy.fees.patience_blocks + 1; ++blocks) {
    us.once();
    us.once();
    mine_empty(1);
  }
  EXPECT_EQ(us.state(), "commit_sent");
  EXPECT_GE(us.row.commit->attempts.size(), 2u);
}

TEST_F(SenderTx, WithoutFundsTheRowWaitsAndSaysSo) {
  chain.without_funds.insert(us.signer.address());
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  EXPECT_NE(us.fact("waiting_for").find("not enough ether"), std::string::npos);
  mine_empty(us.policy.fees.patience_blocks + 1);
  us.once();
  EXPECT_EQ(us.row.commit->attempts.size(), 1u) << "more would be harder still to pay";
  chain.without_funds.clear();
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderTx, WhatTheNodeRejectsIsNotRaised) {
  struct Rejecting : sim::SimChain {
    using SimChain::SimChain;
    Result<Broadcast> broadcast(ByteView) override { return Broadcast::rejected; }
  };
  ASSERT_TRUE(us.reaches(State::commit_signed));
  Rejecting rejecting(chain::Windows{});
  static_cast<sim::SimChain&>(rejecting) = chain;
  for (int looks = 0; looks < 3; ++looks) {
    us.row = sender::step(us.row, us.granted, {rejecting, us.signer, us.policy}).value().row;
    rejecting.mine_many(us.policy.fees.patience_blocks + 1);
  }
  EXPECT_EQ(us.state(), "commit_sent");
  EXPECT_EQ(us.row.commit->attempts.size(), 1u);
}

TEST_F(SenderTx, AReorgedFillIsSentAgainBeforeTheRowEnds) {
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.reclaim(id);
  while (us.row.retired.empty() || !us.row.retired[0].mined) {
    us.once();
    chain.mine();
  }
  lose(3);
  chain.reclaim(id);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), 1u);
}

/// A node whose receipts say first what our key did to another sequence and what others did to ours; and of a
/// transaction that failed, what it was meant to do.
class NoisyReceipts : public sim::SimChain {
 public:
  using SimChain::SimChain;
  Result<std::optional<Receipt>> receipt(const TxHash& hash) override {
    auto out = SimChain::receipt(hash);
    if (!out.ok() || !*out) return out;
    const SequenceId ours = sim::sim_digest("sequence"), other = sim::sim_digest("another sequence");
    const Address us = sim::sim_address(1), rival = sim::sim_address(2);
    std::vector<Event> events;
    for (const Event::Kind kind : {Event::Kind::committed, Event::Kind::settled, Event::Kind::paid}) {
      events.push_back({kind, other, us, 77, U256(7)});
      events.push_back({kind, ours, rival, 78, U256(8)});
      if (!(*out)->succeeded) events.push_back({kind, ours, us, 1, U256(9)});
    }
    events.insert(events.end(), (*out)->events.begin(), (*out)->events.end());
    (*out)->events = std::move(events);
    return out;
  }
};

TEST(SenderReceipts, OnlyOwnEventsOfASuccessfulTransactionCount) {
  NoisyReceipts chain{{10, 10, 15, 100}};
  const SequenceId id = sim::sim_digest("sequence");
  const Digest32 claim = sim::sim_digest("claim");
  chain.open(id, claim, 1'000'000, 1'000'000);
  Hand us(chain, 1, id, claim), rival(chain, 2, id, claim);
  for (const Hand* hand : {&us, &rival}) chain.set_stake(hand->signer.address(), 1000);
  // A commitment that comes too late for the rival's round.
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_sent));
  for (int blocks = 0; blocks < 10; ++blocks) chain.mine([](const sim::SimTx&) { return false; });
  chain.mine();
  ASSERT_TRUE(us.reaches(State::planned));
  EXPECT_FALSE(us.fact("commit_reverted").empty());
  // A reveal that fails.
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  EXPECT_EQ(us.fact("round"), "2");
  chain.set_stake(us.signer.address(), 0);
  chain.mine();
  chain.set_stake(us.signer.address(), 1000);
  us.once();
  EXPECT_FALSE(us.fact("reveal_reverted").empty());
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("reward_wei"), "1000000");
}

TEST_F(SenderTx, EveryQuestionMayFailInEveryState) {
  // The n-th question fails, for every n, in the first step of every state on the way: the row is
  // kept and the step succeeds when it is repeated.
  const std::array codes{Code::unavailable, Code::timeout, Code::corrupt};
  std::size_t failures = 0;
  while (us.end.empty()) {
    for (std::size_t n = 0;; ++n) {
      std::size_t asked = 0;
      chain.before = [&](std::string_view) {
        return asked++ == n ? Status(Error{codes[n % codes.size()], "fault"}) : Status();
      };
      const Bytes before = encode(us.row);
      const auto result = us.crash();
      if (asked <= n) break;
      ASSERT_FALSE(result.ok()) << us.state() << ", question " << n;
      EXPECT_EQ(result.error().code, codes[n % codes.size()]);
      EXPECT_EQ(encode(us.row), before);
      ++failures;
    }
    chain.before = [](std::string_view) { return Status(); };
    if (us.once().delay_ms >= us.policy.poll_ms) chain.mine();
    ASSERT_TRUE(us.dead.empty());
  }
  EXPECT_EQ(us.end, "verified");
  EXPECT_GT(failures, 100u);
  EXPECT_EQ(reward(us), 1'000'000u);
}

}  // namespace
}  // namespace cairn::chain::sender
