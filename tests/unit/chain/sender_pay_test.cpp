// verified, pay_nonce, pay_signed, pay_sent, paid, given_up.
#include <utility>

#include "tests/unit/chain/sender_fixture.h"

namespace cairn::chain::sender {
namespace {

class SenderPay : public SenderTest {
 protected:
  SenderPay() { open(); }

  /// Both commit; we settle first, so that our reward is due only later.
  void settle_first() {
    ASSERT_TRUE(rival.reaches(State::commit_sent));
    ASSERT_TRUE(us.reaches(State::verified));
    us.once();
    ASSERT_EQ(us.state(), "verified");
  }
};

TEST_F(SenderPay, TheOnlyProverIsPaidByItsReveal) {
  ASSERT_TRUE(us.reaches(State::paid));
  EXPECT_TRUE(sent_as(Purpose::pay).empty());
  EXPECT_EQ(reward(us), 1'000'000u);
}

TEST_F(SenderPay, WaitsForTheOthersToSettle) {
  settle_first();
  EXPECT_NE(us.fact("waiting_for").find("the other commitments to settle"), std::string::npos);
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_nonce, 0));
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("reward_wei"), "500000");
  EXPECT_FALSE(us.fact("pay_tx").empty());
}

TEST_F(SenderPay, IsPaidAfterTheSettlementPeriodWhenAnotherNeverSettles) {
  settle_first();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 1'000'000u);
  EXPECT_EQ(reward(rival), 0u);
  const std::uint64_t settle_last = chain.state().sequences.at(id).view.proven_block + settlement_blocks;
  EXPECT_EQ(us.fact("pay_block"), std::to_string(settle_last + 1)) << "in the first block that allows it";
}

TEST_F(SenderPay, APaymentMinedByAForgottenStepIsKnownAsItsOwn) {
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_signed, 0));
  us.crash().value();
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "pay_sent");
  EXPECT_TRUE(us.row.retired.empty());
  us.once();
  EXPECT_EQ(us.state(), "paid");
}

TEST_F(SenderPay, APaymentMadeBySomebodyElseIsEnough) {
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_signed, 0));
  // Anyone may call payReward for us; here our own key did, from another program.
  const auto tx = us.signer.pay_reward(id, 2, {U256(90 * gwei), U256(9 * gwei)}, 0);
  chain.broadcast(tx.raw).value();
  chain.mine();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 500'000u);
}

TEST_F(SenderPay, APaymentMinedBetweenTwoQuestionsIsItsOwn) {
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_sent, 0));
  once_with_a_block_between_two_questions(us);
  EXPECT_EQ(us.state(), "pay_sent");
  us.once();
  EXPECT_EQ(us.state(), "paid");
  EXPECT_TRUE(us.row.pay);
}

TEST_F(SenderPay, AfterAPaymentByAnotherTransactionItsOwnNonceIsUsedUpFirst) {
  us.policy.confirmations_final = 2;
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  us.next_nonce = 3;
  ASSERT_TRUE(us.reaches(State::pay_sent, 0));
  const auto other = us.signer.pay_reward(id, 2, {U256(90 * gwei), U256(9 * gwei)}, 0);
  chain.broadcast(other.raw).value();
  chain.mine([](const sim::SimTx& tx) { return tx.nonce == 2; });
  us.once();
  EXPECT_EQ(us.state(), "pay_sent") << "its own may have been mined since it looked";
  mine_empty(1);
  us.once();
  EXPECT_EQ(us.state(), "paid");
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_FALSE(sent_as(Purpose::fill).empty());
  EXPECT_TRUE(us.row.retired.empty());
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), us.next_nonce);
}

TEST_F(SenderPay, ARepeatedPaymentStepPaysOnce) {
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_signed, 0));
  us.crash().value();
  chain.mine();
  us.crash().value();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 500'000u);
  for (const sim::SimTx& tx : sent_as(Purpose::pay)) EXPECT_EQ(tx.hash, sent_as(Purpose::pay)[0].hash);
}

TEST_F(SenderPay, WhatTheContractDoesNotPayTakesNoNonce) {
  struct Refusing : sim::SimChain {
    using SimChain::SimChain;
    Result<Simulation> simulate(const Address&, ByteView) override {
      return Simulation{false, "RewardNotDue", 0};
    }
  };
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  Refusing refusing(chain::Windows{});
  static_cast<sim::SimChain&>(refusing) = chain;
  const Step step = sender::step(us.row, us.granted, {refusing, us.signer, us.policy}).value();
  EXPECT_EQ(step.row.state, State::verified);
  EXPECT_FALSE(step.nonce_floor);
  EXPECT_EQ(step.facts.back().second, "the reward to be due (it would revert: RewardNotDue)");
}

TEST_F(SenderPay, APaymentThatSucceedsWithoutItsEventIsNone) {
  struct Silent : sim::SimChain {
    using SimChain::SimChain;
    Result<std::optional<Receipt>> receipt(const TxHash& hash) override {
      auto out = SimChain::receipt(hash);
      if (out.ok() && *out)
        std::erase_if((*out)->events, [](const Event& e) { return e.kind == Event::Kind::paid; });
      return out;
    }
  };
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::pay_sent, 0));
  chain.mine();
  Silent silent(chain::Windows{});
  static_cast<sim::SimChain&>(silent) = chain;
  const Step step = sender::step(us.row, us.granted, {silent, us.signer, us.policy}).value();
  EXPECT_EQ(step.row.state, State::verified);
  EXPECT_EQ(step.row.retired.size(), 1u) << "its nonce is watched";
}

TEST_F(SenderPay, AReorgedPaymentIsSentAgain) {
  for (std::uint64_t depth = 1; depth <= 6; ++depth) {
    const sim::SimChain before = chain;
    const Hand us_before = us;
    const Hand rival_before = rival;
    settle_first();
    ASSERT_TRUE(rival.reaches(State::paid));
    ASSERT_TRUE(us.reaches(State::paid));
    chain.mine_many(depth - 1);
    lose(depth);
    rival.ends();
    EXPECT_EQ(us.ends(), "verified") << depth;
    EXPECT_EQ(reward(us), 500'000u) << depth;
    chain = before;
    for (auto [hand, old] : {std::pair{&us, &us_before}, std::pair{&rival, &rival_before}}) {
      hand->row = old->row;
      hand->at = old->at;
      hand->next_nonce = 0;
      hand->end.clear();
    }
  }
}

TEST_F(SenderPay, AnotherPaymentInPlaceOfOursIsNotTheEndWhileOursIsUnderWay) {
  us.policy.confirmations_final = 2;
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::paid));
  const std::uint64_t nonce = us.row.pay->nonce;
  chain.unwind(1, [](const sim::SimTx&) { return false; });
  const auto other = us.signer.pay_reward(id, nonce, {U256(90 * gwei), U256(9 * gwei)}, 0);
  chain.broadcast(other.raw).value();
  chain.mine();
  us.once();
  EXPECT_EQ(us.end, "") << "its nonce is not known to be used";
  EXPECT_TRUE(us.row.pay);
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderPay, ThePaymentOfAForgottenRunIsSeenForAsManyBlocks) {
  const Row forgotten = us.row;
  ASSERT_TRUE(us.reaches(State::paid));
  us.row = forgotten;
  us.at = "hash_commit";
  ASSERT_TRUE(us.reaches(State::paid));
  const std::uint64_t seen = chain.number();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(chain.number(), seen + us.policy.confirmations_final - 1);
}

/// A node that for a while knows of no receipts.
class WithoutReceipts : public sim::SimChain {
 public:
  using SimChain::SimChain;
  Result<std::optional<Receipt>> receipt(const TxHash&) override { return std::optional<Receipt>(); }
};

TEST_F(SenderPay, APaymentUnderWayIsNotForgottenForAnother) {
  settle_first();
  ASSERT_TRUE(rival.reaches(State::paid));
  ASSERT_TRUE(us.reaches(State::paid));
  WithoutReceipts forgetful(chain::Windows{});
  static_cast<sim::SimChain&>(forgetful) = chain;
  us.row = sender::step(us.row, us.granted, {forgetful, us.signer, us.policy}).value().row;
  ASSERT_EQ(us.state(), "verified");
  lose(1);  // the payment
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 500'000u);
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), us.next_nonce);
  EXPECT_EQ(us.next_nonce, 3u) << "one commitment, one reveal, one payment";
}

TEST_F(SenderPay, ARevealThatIsNotFoundIsWatchedUntilItsNonceIsUsed) {
  ASSERT_TRUE(us.reaches(State::verified));
  WithoutReceipts forgetful(chain::Windows{});
  static_cast<sim::SimChain&>(forgetful) = chain;
  for (int looks = 0; looks < 2; ++looks) {
    us.row = sender::step(us.row, us.granted, {forgetful, us.signer, us.policy}).value().row;
    EXPECT_EQ(us.state(), "verified");
    EXPECT_TRUE(us.row.reveal) << "its receipt may come";
  }
  forgetful.mine();
  us.row = sender::step(us.row, us.granted, {forgetful, us.signer, us.policy}).value().row;
  EXPECT_FALSE(us.row.reveal);
  EXPECT_EQ(us.row.retired.size(), 1u);
}

TEST_F(SenderPay, ANodeThatIsBehindWithTheCommitmentIsNotBelieved) {
  struct Behind : sim::SimChain {
    using SimChain::SimChain;
    Result<CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                      const Address& who) override {
      CAIRN_ASSIGN(CommitmentView view, SimChain::commitment(id, round, who));
      view.state = CommitmentState::committed;
      return view;
    }
  };
  settle_first();
  Behind behind(chain::Windows{});
  static_cast<sim::SimChain&>(behind) = chain;
  const Step step = sender::step(us.row, us.granted, {behind, us.signer, us.policy}).value();
  EXPECT_EQ(step.row.state, State::verified);
  EXPECT_EQ(step.facts.back().second, "the node to agree with itself");
}

TEST_F(SenderPay, TheEndWaitsForDepth) {
  ASSERT_TRUE(us.reaches(State::paid));
  const std::uint64_t mined = us.row.reveal->mined->block;
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(chain.number(), mined + us.policy.confirmations_final - 1);
}

TEST_F(SenderPay, AnotherProversProofWithoutUsIsGivenUpAfterDepth) {
  ASSERT_TRUE(rival.reaches(State::reveal_sent));
  chain.mine();
  const std::uint64_t proven = chain.number();
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(us.fact("given_up"), "another prover proved it");
  EXPECT_EQ(chain.number(), proven + us.policy.confirmations_final - 1);
  EXPECT_TRUE(sent_as(Purpose::commit).empty());
}

TEST_F(SenderPay, GivingUpIsTakenBackByAReorg) {
  ASSERT_TRUE(rival.reaches(State::reveal_sent));
  chain.mine();
  ASSERT_TRUE(us.reaches(State::given_up));
  chain.mine_many(3);
  us.once();
  lose(4);
  us.once();
  EXPECT_EQ(us.state(), "planned");
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderPay, GivingUpAgainTakesAsManyBlocksAgain) {
  ASSERT_TRUE(rival.reaches(State::reveal_sent));
  chain.mine();
  ASSERT_TRUE(us.reaches(State::given_up));
  us.once();
  chain.unwind(1, [](const sim::SimTx&) { return true; });
  us.once();
  EXPECT_EQ(us.state(), "planned");
  mine_empty(5);
  chain.mine();
  const std::uint64_t proven = chain.number();
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(chain.number(), proven + us.policy.confirmations_final - 1);
}

TEST_F(SenderPay, AReclaimedSequenceIsGivenUp) {
  chain.reclaim(id);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(us.fact("given_up"), "its requester reclaimed the reward");
}

TEST_F(SenderPay, GivenUpWaitsForItsNonces) {
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.reclaim(id);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), us.next_nonce);
  EXPECT_TRUE(us.row.retired.empty());
}

}  // namespace
}  // namespace cairn::chain::sender
