// Nonces that are in the way of others, that others hold, or that others have used.
#include "tests/unit/chain/sender_fixture.h"

namespace cairn::chain::sender {
namespace {

class SenderNonce : public SenderTest {
 protected:
  SenderNonce() { open(); }

  /// Another transaction with our key, at so many times our first offer.
  void hold_nonce(std::uint64_t nonce, std::uint64_t times) {
    const Fees ours = sent.empty() ? us.row.commit->attempts[0].fees : sent[0].fees;
    chain
        .broadcast(us.signer
                       .fill_nonce(nonce, {ours.max_fee_per_gas.times(U256(times)).value(),
                                           ours.max_priority_fee_per_gas.times(U256(times)).value()})
                       .raw)
        .value();
  }
  Purpose in_pool(std::uint64_t nonce) const {
    return chain.pool.at({us.signer.address(), nonce}).call.purpose;
  }
  /// Mines somebody else's transaction with our key's `nonce`, and nothing else.
  void mine_foreign(std::uint64_t nonce) {
    const Fees fees{U256(90 * gwei), U256(9 * gwei)};
    chain.pool[{us.signer.address(), nonce}] = sim::decode_sim_tx(us.signer.fill_nonce(nonce, fees).raw);
    chain.mine([&](const sim::SimTx& tx) { return tx.nonce == nonce; });
  }
};

TEST_F(SenderNonce, ANonceThatAnotherTransactionOfOursHoldsIsLeftToIt) {
  ASSERT_TRUE(us.reaches(State::commit_signed));
  hold_nonce(0, 4);
  for (int i = 0; i < 20; ++i) us.once();
  EXPECT_EQ(us.row.commit->attempts.size(), 1u);
  EXPECT_EQ(in_pool(0), Purpose::fill);
  EXPECT_EQ(us.fact("waiting_for"), "the commitment to be mined (its nonce, 0, has another transaction)");
  chain.mine();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("foreign_nonce"), "0");
}

TEST_F(SenderNonce, NearItsDeadlineATransactionOutbidsTheOtherFromTheLastOfferMade) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  hold_nonce(1, 4);
  us.once();
  const std::uint64_t last = first_commit() + commit_blocks + reveal_blocks;
  while (chain.number() + us.policy.fees.urgent_blocks < last) {
    us.once();
    EXPECT_EQ(us.row.reveal->attempts.size(), 1u);
    mine_empty(1);
  }
  mine_empty(1);
  for (int i = 0; i < 60 && in_pool(1) != Purpose::reveal; ++i) us.once();
  EXPECT_EQ(in_pool(1), Purpose::reveal);
  const auto& attempts = us.row.reveal->attempts;
  EXPECT_GT(attempts.size(), 2u);
  for (std::size_t i = 1; i < attempts.size(); ++i) {
    EXPECT_TRUE(replaces(attempts[i - 1].fees, attempts[i].fees));
  }
}

TEST_F(SenderNonce, AnOfferThatIsRaisedBeforeItWasTakenWaitsForNoBlock) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  const std::uint64_t last = first_commit() + commit_blocks + reveal_blocks;
  mine_empty(last + 1 - us.policy.fees.urgent_blocks - chain.number());
  hold_nonce(1, 4);
  EXPECT_EQ(us.once().delay_ms, 0u);
  EXPECT_EQ(us.state(), "reveal_sent");
  EXPECT_EQ(us.row.reveal->attempts.size(), 2u);
}

TEST_F(SenderNonce, ARowHoldsABoundedNumberOfNonces) {
  const std::size_t most = retired_max - 3;  // commit, reveal, pay and a filled gap may have to join them
  for (std::size_t i = 0; i < most; ++i) us.row.retired.push_back(fill(50 + i));
  us.once();
  EXPECT_EQ(us.state(), "planned");
  EXPECT_NE(us.fact("waiting_for").find("nonces of abandoned transactions"), std::string::npos);
  // Nor does it take one more to fill a gap.
  us.row.retired.clear();
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  for (std::size_t i = 0; i < most; ++i) us.row.retired.push_back(fill(50 + i));
  mine_empty(us.policy.gap_after_blocks);
  us.once();
  EXPECT_EQ(us.row.retired.size(), most);
}

TEST_F(SenderNonce, OnlyTheNextNonceOfTheKeyIsRaised) {
  us.next_nonce = 1;  // nonce 0 belongs to another row, which has not sent it yet
  ASSERT_TRUE(us.reaches(State::commit_sent));
  mine_empty(us.policy.gap_after_blocks - 1);
  us.once();
  EXPECT_EQ(us.row.commit->attempts.size(), 1u);
}

TEST_F(SenderNonce, AGapLeftByAVanishedRowIsFilled) {
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  mine_empty(us.policy.gap_after_blocks - 1);
  us.once();
  EXPECT_TRUE(us.row.retired.empty());
  mine_empty(1);
  us.once();  // signs
  ASSERT_EQ(us.row.retired.size(), 1u);
  EXPECT_TRUE(sent_as(Purpose::fill).empty());
  us.once();
  EXPECT_EQ(sent_as(Purpose::fill)[0].nonce, 0u);
  EXPECT_EQ(us.fact("filled_nonce"), "0");
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderNonce, AFilledGapGivesWayToAHolderThatComesBack) {
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  mine_empty(us.policy.gap_after_blocks);
  us.once();
  us.once();
  ASSERT_EQ(sent_as(Purpose::fill).size(), 1u);
  hold_nonce(0, 4);
  const TxHash theirs = chain.pool.at({us.signer.address(), 0}).hash;
  for (int i = 0; i < 10; ++i) {
    us.once();
    mine_empty(1);
  }
  EXPECT_EQ(us.row.retired.at(0).attempts.size(), 1u);
  EXPECT_EQ(chain.pool.at({us.signer.address(), 0}).hash, theirs);
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderNonce, ALowerNonceThatIsStuckForLongIsOutbid) {
  chain.broadcast(us.signer.fill_nonce(0, {U256(9 * gwei), U256(2'000'000)}).raw).value();
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  const TxHash theirs = chain.pool.at({us.signer.address(), 0}).hash;
  mine_empty(8 * us.policy.gap_after_blocks - 1);
  us.once();
  EXPECT_TRUE(us.row.retired.empty());
  mine_empty(1);
  for (int i = 0; i < 60 && chain.pool.at({us.signer.address(), 0}).hash == theirs; ++i) us.once();
  EXPECT_NE(chain.pool.at({us.signer.address(), 0}).hash, theirs);
}

TEST_F(SenderNonce, ALowerNonceThatTheNodeKnowsIsItsHoldersDuty) {
  const auto other = us.signer.fill_nonce(0, {U256(9 * gwei), U256(gwei)});
  chain.broadcast(other.raw).value();
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  mine_empty(us.policy.gap_after_blocks + 1);
  us.once();
  EXPECT_TRUE(us.row.retired.empty());
  mine_empty(7 * us.policy.gap_after_blocks - 2);
  us.once();
  EXPECT_TRUE(us.row.retired.empty());
  mine_empty(1);
  us.once();
  ASSERT_EQ(us.row.retired.size(), 1u) << "until eight times as long has passed";
  EXPECT_EQ(us.row.retired[0].nonce, 0u);
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderNonce, AGapThatAReorgOpensAgainIsLeftToItsHolderForAsLong) {
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  us.once();
  mine_foreign(0);
  us.once();
  mine_empty(us.policy.gap_after_blocks);
  lose(us.policy.gap_after_blocks + 1);
  for (int looks = 0; looks < 3; ++looks) us.once();
  EXPECT_TRUE(us.row.retired.empty());
}

TEST_F(SenderNonce, AUsedNonceIsNoReasonToFillTheNext) {
  us.policy.gap_after_blocks = 2;
  us.policy.confirmations_commit = 6;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  mine_foreign(0);
  for (int blocks = 0; blocks < 4; ++blocks) {
    us.once();
    mine_empty(1);
  }
  us.once();
  EXPECT_EQ(us.state(), "commit_sent");
  EXPECT_TRUE(us.row.retired.empty()) << "nonce 1 may be another row's";
}

TEST_F(SenderNonce, ANonceUsedBySomebodyElseIsReplacedByAFreshOne) {
  for (const State state :
       {State::commit_signed, State::commit_sent, State::reveal_signed, State::reveal_sent}) {
    sim::SimChain world{{commit_blocks, reveal_blocks, settlement_blocks, 100}};
    world.open(id, claim, 1'000'000, 1'000'000);
    Hand hand(world, 1, id, claim);
    world.set_stake(hand.signer.address(), 1);
    ASSERT_TRUE(hand.reaches(state));
    const auto& tx = state < State::reveal_signed ? hand.row.commit : hand.row.reveal;
    const std::uint64_t nonce = tx->nonce;
    const sim::SimSigner foreign(hand.signer.address());
    world.pool[{foreign.address(), nonce}] =
        sim::decode_sim_tx(foreign.fill_nonce(nonce, {U256(90 * gwei), U256(9 * gwei)}).raw);
    world.mine();
    EXPECT_EQ(hand.ends(), "verified") << state_name(state);
    EXPECT_EQ(hand.fact("foreign_nonce"), std::to_string(nonce)) << state_name(state);
    EXPECT_EQ(hand.fact("rounds_lost"), "") << state_name(state);
  }
}

TEST_F(SenderNonce, AForeignNonceIsBelievedOnlyWithConfirmations) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  const sim::SimTx ours = sent.back();
  chain.pool[{us.signer.address(), 0}] =
      sim::decode_sim_tx(us.signer.fill_nonce(0, {U256(90 * gwei), U256(9 * gwei)}).raw);
  chain.mine();
  for (int looks = 0; looks < 3; ++looks)
    us.once();  // one block is one confirmation, however often it is seen
  EXPECT_EQ(us.state(), "commit_sent");
  EXPECT_EQ(us.fact("foreign_nonce"), "");
  // The block with the foreign transaction was not the last word.
  chain.unwind(1, [](const sim::SimTx&) { return false; });
  chain.pool[{ours.from, ours.nonce}] = ours;
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
}

TEST_F(SenderNonce, TheConfirmationsOfAForeignNonceAreThoseSinceItWasLastFree) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  const sim::SimTx ours = sent.back();
  const auto keep_none = [](const sim::SimTx&) { return false; };
  const auto believes = [&] {
    us.once();
    us.once();
    return us.state() != "commit_sent" || !us.fact("foreign_nonce").empty();
  };
  mine_foreign(0);
  EXPECT_FALSE(believes());
  chain.unwind(1, keep_none);
  EXPECT_FALSE(believes());  // free again
  mine_foreign(0);
  mine_empty(2);
  EXPECT_FALSE(believes());
  // And since it was ours.
  chain.unwind(3, keep_none);
  chain.pool[{ours.from, ours.nonce}] = ours;
  chain.mine();
  us.once();
  ASSERT_EQ(us.state(), "commit_mined");
  chain.unwind(1, keep_none);
  mine_foreign(0);
  mine_empty(5);
  EXPECT_FALSE(believes());
  mine_empty(us.policy.confirmations_commit - 1);
  EXPECT_FALSE(believes());
  mine_empty(1);
  EXPECT_TRUE(believes());
}

TEST_F(SenderNonce, ARetiredNonceThatOthersUsedIsForgottenOnlyWithConfirmations) {
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.reclaim(id);
  while (us.state() != "given_up") us.once();
  mine_foreign(0);
  for (int looks = 0; looks < 3; ++looks) us.once();
  EXPECT_EQ(us.row.retired.size(), 1u);
  lose(1);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), 1u);
}

TEST_F(SenderNonce, WhatTheNodeHadTakesItsNonceBack) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  hold_nonce(0, 4);
  for (int i = 0; i < 60 && in_pool(0) != Purpose::commit; ++i) us.once();
  EXPECT_EQ(in_pool(0), Purpose::commit);
}

TEST_F(SenderNonce, AnAbandonedOneIsReplacedWhateverHoldsIt) {
  ASSERT_TRUE(us.reaches(State::commit_sent));
  chain.reclaim(id);
  ASSERT_TRUE(us.reaches(State::given_up, 1));
  hold_nonce(0, 4);
  const TxHash theirs = chain.pool.at({us.signer.address(), 0}).hash;
  for (int i = 0; i < 60 && chain.pool.at({us.signer.address(), 0}).hash == theirs; ++i) us.once();
  EXPECT_EQ(chain.pool.at({us.signer.address(), 0}).hash, us.row.retired.at(0).attempts.back().hash);
}

TEST_F(SenderNonce, AnOfferBelowTheLeastThatTheNodeTakesIsRaisedAtOnce) {
  struct Proud : sim::SimChain {
    using SimChain::SimChain;
    Result<Broadcast> broadcast(ByteView raw) override {
      if (sim::decode_sim_tx(raw).fees.max_fee_per_gas < U256(3 * gwei)) return Broadcast::underpriced;
      return SimChain::broadcast(raw);
    }
  };
  ASSERT_TRUE(us.reaches(State::commit_signed));
  Proud proud(chain::Windows{});
  static_cast<sim::SimChain&>(proud) = chain;
  for (int i = 0; i < 20 && proud.pool.empty(); ++i) {
    us.row = sender::step(us.row, us.granted, {proud, us.signer, us.policy}).value().row;
  }
  EXPECT_FALSE(proud.pool.empty());
}

}  // namespace
}  // namespace cairn::chain::sender
