// planned, commit_nonce, commit_signed, commit_sent.
#include <utility>

#include "chain/two_step_abi.h"
#include "tests/unit/chain/sender_fixture.h"

namespace cairn::chain::sender {
namespace {

using SenderCommit = SenderTest;

TEST_F(SenderCommit, OneProverIsVerifiedAndPaidInFourteenBlocks) {
  open();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 1'000'000u);
  EXPECT_EQ(us.fact("round"), "1");
  EXPECT_EQ(us.fact("commit_block"), std::to_string(first_commit()));
  EXPECT_EQ(us.fact("reveal_block"),
            std::to_string(first_commit() + commit_blocks + us.policy.reveal_depth_blocks + 1));
  EXPECT_EQ(us.fact("reward_wei"), "1000000");
  EXPECT_EQ(sent_as(Purpose::fill).size(), 0u);
  EXPECT_EQ(chain.state().nonces.at(us.signer.address()), 2u);
}

TEST_F(SenderCommit, WaitsUntilTheSequenceIsOpen) {
  EXPECT_FALSE(us.reaches(State::commit_nonce, 20));
  EXPECT_EQ(us.state(), "planned");
  open();
  EXPECT_TRUE(us.reaches(State::commit_mined));
}

TEST_F(SenderCommit, AProofThatTheVerifierRejectsIsDeadBeforeAnyStake) {
  open();
  us.row.proof = copy("not a proof of the claim");
  us.once();
  EXPECT_EQ(us.dead, "the sequence's verifier rejects the proof");
  EXPECT_TRUE(sent.empty());
  EXPECT_FALSE(us.granted);
}

TEST_F(SenderCommit, AProofOfAnotherClaimIsDead) {
  chain.open(id, sim::sim_digest("another claim"), 1, 1000);
  us.once();
  EXPECT_NE(us.dead.find("the proof shows claim 0x"), std::string::npos);
}

TEST_F(SenderCommit, SignsFirstAndBroadcastsWhatIsStored) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_signed));
  EXPECT_TRUE(sent.empty());
  const TxHash stored = us.row.commit->attempts.back().hash;
  us.once();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].hash, stored);
  EXPECT_EQ(us.state(), "commit_sent");
}

TEST_F(SenderCommit, ARepeatedStepSendsTheSameBytes) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_signed));
  for (int i = 0; i < 3; ++i) us.crash().value();
  chain.mine();
  us.crash().value();  // mined meanwhile
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_GE(sent.size(), 3u);
  for (const sim::SimTx& tx : sent) EXPECT_EQ(tx.hash, sent[0].hash);
  EXPECT_EQ(us.next_nonce, 1u);
  EXPECT_EQ(us.fact("adopted_round"), "") << "it is known as the row's own";
}

TEST_F(SenderCommit, ASignedCommitmentThatWouldRevertIsNotSent) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.set_stake(us.signer.address(), 0);
  us.once();
  EXPECT_EQ(us.state(), "planned");
  EXPECT_TRUE(sent_as(Purpose::commit).empty());
}

TEST_F(SenderCommit, ANonceGrantedForAnEarlierPurposeIsNotUsedAgain) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_sent));
  for (const State state : {State::commit_nonce, State::reveal_nonce, State::pay_nonce}) {
    for (const auto& granted : {std::optional(us.row.commit->nonce), std::optional<std::uint64_t>()}) {
      us.row.state = state;  // as after a request whose grant is not there yet
      us.granted = granted;
      const Step step = us.crash().value();
      EXPECT_EQ(step.row.state, state);
      EXPECT_TRUE(step.nonce_floor);
    }
  }
}

TEST_F(SenderCommit, TheFloorOfANonceCountsThePool) {
  open();
  const auto foreign = us.signer.fill_nonce(0, {U256(9 * gwei), U256(gwei)});
  chain.broadcast(foreign.raw).value();
  const Step step = us.once();
  EXPECT_EQ(step.nonce_floor, 1u);
}

TEST_F(SenderCommit, TheFloorOfANonceIsNotBelowWhatIsMined) {
  struct WithoutPool : sim::SimChain {
    using SimChain::SimChain;
    Result<std::uint64_t> pending_nonce(const Address&) override { return std::uint64_t{0}; }
  };
  open();
  chain.broadcast(us.signer.fill_nonce(0, {U256(9 * gwei), U256(gwei)}).raw).value();
  chain.mine();
  WithoutPool behind(chain::Windows{});
  static_cast<sim::SimChain&>(behind) = chain;
  const Step step = sender::step(us.row, us.granted, {behind, us.signer, us.policy}).value();
  EXPECT_EQ(step.nonce_floor, 1u);
}

TEST_F(SenderCommit, JoinsARoundOnlyWithTheMarginLeft) {
  // The rival opens the round in block T; we look at it with the head at T + offset.
  struct Case {
    std::uint64_t offset;
    bool joins;
  };
  const std::uint64_t margin = Policy().commit_margin_blocks;
  for (const Case c :
       {Case{0, true}, Case{commit_blocks - margin, true}, Case{commit_blocks - margin + 1, false},
        Case{commit_blocks, false}, Case{commit_blocks + 3, false}}) {
    sim::SimChain world{{commit_blocks, reveal_blocks, settlement_blocks, 100}};
    world.open(id, claim, 1, 1'000'000);
    Hand first(world, 2, id, claim);
    Hand second(world, 1, id, claim);
    world.set_stake(first.signer.address(), 1);
    world.set_stake(second.signer.address(), 1);
    ASSERT_TRUE(first.reaches(State::commit_mined));
    world.mine_many(c.offset);
    second.once();
    EXPECT_EQ(second.row.state, c.joins ? State::commit_nonce : State::planned) << c.offset;
    const std::string waits = second.fact("waiting_for");
    EXPECT_EQ(waits.find("the round to end") != std::string::npos, c.offset >= commit_blocks)
        << c.offset << ": " << waits;
  }
}

TEST_F(SenderCommit, ACommitmentMayStillBeMinedInTheLastBlockOfTheWindow) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_sent));
  const std::uint64_t last = first_commit() + commit_blocks;
  mine_empty(last - 1 - chain.number());
  while (us.once().delay_ms == 0) {
  }
  EXPECT_EQ(us.row.state, State::commit_sent) << "it is not taken back yet";
  chain.mine();
  EXPECT_TRUE(us.reaches(State::commit_mined, 1));
  EXPECT_EQ(us.row.commit->mined->block, last);
}

TEST_F(SenderCommit, StartsTheNextRoundWhenTheFirstIsLost) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  chain.mine_many(commit_blocks);
  EXPECT_TRUE(us.reaches(State::commit_mined));
  EXPECT_EQ(us.row.round, 2u);
}

TEST_F(SenderCommit, DoesNotStartARoundTooCloseToTheExpiry) {
  open(chain.number() + 2);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(us.fact("given_up"), "it expired before a round proved it");
  EXPECT_TRUE(sent.empty());
}

TEST_F(SenderCommit, ARoundMayStillBeginInTheBlockOfTheExpiry) {
  us.policy.commit_margin_blocks = 1;
  open(chain.number() + 3);
  chain.mine_many(2);
  us.once();
  EXPECT_EQ(us.state(), "commit_nonce");
  chain.mine();
  rival.once();
  EXPECT_EQ(rival.state(), "given_up");
}

TEST_F(SenderCommit, AStakeTooLowWaitsForThePerson) {
  open();
  chain.set_stake(us.signer.address(), 0);
  EXPECT_FALSE(us.reaches(State::commit_nonce, 5));
  EXPECT_NE(us.fact("waiting_for").find("StakeTooLow"), std::string::npos);
  chain.set_stake(us.signer.address(), 5);
  EXPECT_TRUE(us.reaches(State::commit_mined));
}

TEST_F(SenderCommit, WindowsTooShortToDefendAStakeAreDead) {
  open();
  struct Case {
    std::uint64_t depth, confirmations, margin;
    bool suffice;
  };
  for (const Case c : {Case{1, 2, 9, true}, Case{1, 2, 10, false}, Case{8, 2, 2, true}, Case{9, 2, 2, false},
                       Case{1, 9, 2, true}, Case{1, 10, 2, false}, Case{0, 0, 10, true}}) {
    Hand hand = us;
    hand.policy.reveal_depth_blocks = c.depth;
    hand.policy.confirmations_commit = c.confirmations;
    hand.policy.reveal_margin_blocks = c.margin;
    hand.once();
    EXPECT_EQ(hand.row.state, c.suffice ? State::commit_nonce : State::planned);
    EXPECT_EQ(hand.dead.find("windows are too short") == std::string::npos, c.suffice);
  }
}

TEST_F(SenderCommit, ACommitmentOfAForgottenRunIsAdopted) {
  open();
  const Hand forgotten = us;
  ASSERT_TRUE(us.reaches(State::commit_mined));
  us.row = forgotten.row;
  us.at = forgotten.at;
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
  EXPECT_EQ(us.fact("adopted_round"), "1");
  EXPECT_EQ(us.ends(), "verified");
  for (const sim::SimTx& tx : sent_as(Purpose::commit)) EXPECT_EQ(tx.hash, sent[0].hash);
}

TEST_F(SenderCommit, AnAdoptedCommitmentNeedsItsConfirmations) {
  open();
  us.policy.confirmations_commit = 4;
  const Hand forgotten = us;
  ASSERT_TRUE(us.reaches(State::commit_mined));
  us.row = forgotten.row;
  us.at = forgotten.at;
  chain.mine_many(commit_blocks + us.policy.reveal_depth_blocks);
  us.once();
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
  EXPECT_EQ(us.fact("waiting_for"), "confirmations of the commitment") << "its block is not known";
  chain.mine_many(2);
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "window_open");
}

TEST_F(SenderCommit, AnAdoptedCommitmentThatAReorgReplacesIsNotOurs) {
  open();
  const Hand forgotten = us;
  ASSERT_TRUE(us.reaches(State::commit_mined));
  us.row = forgotten.row;
  us.at = forgotten.at;
  us.once();
  ASSERT_EQ(us.state(), "commit_mined");
  chain.unwind(chain.number() - first_commit() + 1, [](const sim::SimTx&) { return false; });
  Hand other(chain, 1, id, claim, "another proof");
  ASSERT_TRUE(other.reaches(State::commit_mined));
  us.once();
  EXPECT_EQ(us.state(), "planned");
}

TEST_F(SenderCommit, ACommitmentToAnotherProofIsWaitedOut) {
  open();
  Hand other(chain, 1, id, claim, "another proof");
  ASSERT_TRUE(other.reaches(State::commit_mined));
  us.next_nonce = other.next_nonce;
  EXPECT_FALSE(us.reaches(State::commit_nonce, 5));
  EXPECT_NE(us.fact("waiting_for").find("another proof"), std::string::npos);
  EXPECT_TRUE(us.reaches(State::commit_mined));
  EXPECT_EQ(us.row.round, 2u);
}

TEST_F(SenderCommit, ACommitmentThatAnotherTransactionOfOursMadeIsTakenOverInTheNextBlock) {
  open();
  us.next_nonce = 1;
  ASSERT_TRUE(us.reaches(State::commit_sent));
  const auto other = us.signer.commit(id, two_step::proof_hash(us.row.proof, us.signer.address()), 0,
                                      {U256(9 * gwei), U256(gwei)}, 0);
  chain.broadcast(other.raw).value();
  chain.mine([](const sim::SimTx& tx) { return tx.nonce == 0; });
  const std::size_t broadcasts = sent.size();
  for (int looks = 0; looks < 3; ++looks) us.once();
  EXPECT_EQ(us.state(), "commit_sent") << "its own may have been mined since it looked";
  mine_empty(1);
  us.once();
  EXPECT_EQ(us.state(), "planned");
  us.once();
  EXPECT_EQ(us.fact("adopted_round"), "1");
  EXPECT_EQ(sent_as(Purpose::commit).size(), broadcasts) << "it is not committed to twice";
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderCommit, ACommitmentMinedBetweenTwoQuestionsIsItsOwn) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_sent));
  once_with_a_block_between_two_questions(us);
  EXPECT_EQ(us.state(), "commit_sent");
  us.once();
  EXPECT_EQ(us.state(), "commit_mined");
  EXPECT_EQ(us.fact("adopted_round"), "");
  EXPECT_EQ(us.fact("round"), "1");
}

TEST_F(SenderCommit, ASequenceThatAReorgTookAwayIsWaitedFor) {
  chain.mine();
  open();
  ASSERT_TRUE(us.reaches(State::commit_sent));
  chain.unwind(1, [](const sim::SimTx&) { return false; });
  us.once();
  EXPECT_EQ(us.state(), "commit_sent");
  EXPECT_EQ(us.fact("waiting_for"), "the sequence to appear again");
  open();
  EXPECT_EQ(us.ends(), "verified");
  for (const sim::SimTx& tx : sent_as(Purpose::commit)) EXPECT_EQ(tx.hash, sent[0].hash);
}

TEST_F(SenderCommit, ADroppedCommitmentIsSentAgain) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_sent));
  chain.pool.clear();
  us.once();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].hash, sent[1].hash);
  EXPECT_EQ(chain.pool.size(), 1u);
}

TEST_F(SenderCommit, AnRpcErrorAfterAcceptanceChangesNothing) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.after_broadcast = [](const sim::SimTx&) { return Status(Error{Code::timeout, "lost"}); };
  const auto result = us.crash();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::timeout);
  chain.after_broadcast = [](const sim::SimTx&) { return Status(); };
  ASSERT_TRUE(us.reaches(State::commit_mined));
  for (const sim::SimTx& tx : sent) EXPECT_EQ(tx.hash, sent[0].hash);
}

TEST_F(SenderCommit, ACommitmentOutOfTimeIsNotSentAndItsNonceIsUsedUp) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.mine_many(commit_blocks);
  us.once();
  EXPECT_EQ(us.state(), "planned");
  EXPECT_TRUE(sent_as(Purpose::commit).empty());
  us.once();  // signs the transfer
  EXPECT_TRUE(sent_as(Purpose::fill).empty());
  us.once();
  ASSERT_EQ(sent_as(Purpose::fill).size(), 1u);
  EXPECT_EQ(sent_as(Purpose::fill)[0].nonce, 0u);
  EXPECT_TRUE(us.reaches(State::commit_mined));
  EXPECT_EQ(us.row.round, 2u);
}

TEST_F(SenderCommit, ACommitmentSignedOutOfTimeIsInNoHurry) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_nonce));
  chain.mine_many(commit_blocks);
  us.once();
  ASSERT_EQ(us.state(), "commit_signed");
  EXPECT_LT(us.row.commit->attempts[0].fees.max_fee_per_gas, U256(10 * gwei))
      << "only its nonce will be used";
}

TEST_F(SenderCommit, ANodeThatJudgesByItsLastBlockDoesNotMakeItSendTooLate) {
  open();
  chain.next_block_calls = false;
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_signed));
  chain.mine_many(first_commit() + commit_blocks - chain.number());
  us.once();
  EXPECT_EQ(us.state(), "planned");
  EXPECT_TRUE(sent_as(Purpose::commit).empty());
}

/// A node that still has the receipts of blocks that a reorg has replaced.
class StaleReceipts : public sim::SimChain {
 public:
  using SimChain::SimChain;
  Result<std::optional<Receipt>> receipt(const TxHash& hash) override {
    auto now = SimChain::receipt(hash);
    if (now.ok() && *now) old_.insert_or_assign(hash, **now);
    const auto old = old_.find(hash);
    return old == old_.end() ? now : std::optional(old->second);
  }

 private:
  std::map<TxHash, Receipt> old_;
};

TEST(SenderCommitReceipt, OfABlockThatIsNotCanonicalIsNone) {
  StaleReceipts world{{10, 10, 15, 100}};
  const SequenceId id = sim::sim_digest("sequence");
  const Digest32 claim = sim::sim_digest("claim");
  world.open(id, claim, 1, 1'000'000);
  Hand us(world, 1, id, claim);
  world.set_stake(us.signer.address(), 1);
  ASSERT_TRUE(us.reaches(State::commit_mined));
  world.unwind(1, [](const sim::SimTx&) { return false; });
  world.mine();
  us.once();
  EXPECT_EQ(us.state(), "commit_sent");
}

TEST_F(SenderCommit, ACommitmentLeftInThePoolIsReplacedWhenTheWindowCloses) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_sent));
  mine_empty(commit_blocks);
  for (int i = 0; i < 5; ++i) us.once();
  ASSERT_FALSE(sent_as(Purpose::fill).empty());
  const sim::SimTx& pending = chain.pool.at({us.signer.address(), 0});
  EXPECT_EQ(pending.call.purpose, Purpose::fill);
  EXPECT_EQ(sent_as(Purpose::fill)[0].hash, pending.hash) << "the first offer replaces it";
}

TEST_F(SenderCommit, ARevertedCommitmentIsPlannedAgain) {
  open();
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  ASSERT_TRUE(us.reaches(State::commit_sent));
  mine_empty(commit_blocks - 1);
  // Too late by one block: the head moves on before the sender looks again.
  mine_empty(1);
  chain.mine();
  ASSERT_TRUE(us.reaches(State::planned));
  EXPECT_FALSE(us.fact("commit_reverted").empty());
  EXPECT_TRUE(us.reaches(State::commit_mined));
  EXPECT_EQ(us.row.round, 2u);
}

class SenderCommitReorg : public SenderTest, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(SenderCommitReorg, AMinedCommitmentThatVanishesIsSentAgainWithTheSameBytes) {
  open();
  us.policy.confirmations_commit = 7;
  ASSERT_TRUE(us.reaches(State::commit_mined));
  chain.mine_many(GetParam() - 1);
  us.once();
  lose(GetParam());
  ASSERT_EQ(commitment(us), nullptr);
  us.once();
  EXPECT_EQ(us.state(), "commit_sent");
  ASSERT_TRUE(us.reaches(State::commit_mined));
  for (const sim::SimTx& tx : sent) EXPECT_EQ(tx.hash, sent[0].hash);
  EXPECT_EQ(us.ends(), "verified");
}
INSTANTIATE_TEST_SUITE_P(Depth, SenderCommitReorg, ::testing::Range<std::uint64_t>(1, 7));

TEST_F(SenderCommit, AReorgIntoALaterRoundIsFollowed) {
  open();
  ASSERT_TRUE(us.reaches(State::commit_mined));
  chain.unwind(1, [](const sim::SimTx&) { return true; });
  // In the other history the rival's round came first and was lost.
  sim::SimSigner other(rival.signer.address());
  const auto tx = other.commit(id, sim::sim_digest("x"), 0, {U256(9 * gwei), U256(gwei)}, 0);
  chain.broadcast(tx.raw).value();
  chain.mine([&](const sim::SimTx& t) { return t.from == other.address(); });
  mine_empty(commit_blocks + reveal_blocks);
  chain.mine();
  us.once();
  EXPECT_EQ(us.row.round, 2u);
  EXPECT_EQ(us.ends(), "verified");
}

}  // namespace
}  // namespace cairn::chain::sender
