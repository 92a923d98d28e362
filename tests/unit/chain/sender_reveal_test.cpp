// commit_mined, window_open, late_reveal, reveal_nonce, reveal_signed, reveal_sent, window_lost.
#include <array>

#include "tests/unit/chain/sender_fixture.h"

namespace cairn::chain::sender {
namespace {

class SenderReveal : public SenderTest {
 protected:
  SenderReveal() { open(); }

  std::uint64_t commit_last() const { return first_commit() + commit_blocks; }
  std::uint64_t reveal_last() const { return commit_last() + reveal_blocks; }
  /// Steps `hand` until it waits for something, at the present head.
  void settle_down(Hand& hand) {
    for (int steps = 0; steps < 50 && hand.end.empty(); ++steps) {
      if (hand.once().delay_ms > 0) return;
    }
    ADD_FAILURE() << "does not settle down in " << hand.state();
  }
  void mine_to(std::uint64_t number) {
    ASSERT_LE(chain.number(), number);
    chain.mine_many(number - chain.number());
  }
};

TEST_F(SenderReveal, TheProofIsShownOnlyInItsWindow) {
  // With the head at commit_last + depth the proof may be shown; in the last `margin` blocks not.
  struct Case {
    std::uint64_t after_commit_last;
    bool shown;
  };
  const Policy policy;
  const std::uint64_t last = reveal_blocks - policy.reveal_margin_blocks;
  ASSERT_TRUE(us.reaches(State::commit_mined));
  const sim::SimChain before = chain;
  const Hand hand = us;
  for (const Case c : {Case{policy.reveal_depth_blocks - 1, false}, Case{policy.reveal_depth_blocks, true},
                       Case{last, true}, Case{last + 1, false}, Case{reveal_blocks, false}}) {
    chain = before;
    us.row = hand.row;
    us.at = hand.at;
    us.next_nonce = hand.next_nonce;
    sent.clear();
    mine_to(commit_last() + c.after_commit_last);
    settle_down(us);
    EXPECT_EQ(!sent_as(Purpose::reveal).empty(), c.shown) << c.after_commit_last;
  }
}

TEST_F(SenderReveal, TheCommitmentNeedsItsConfirmations) {
  us.policy.confirmations_commit = 5;
  us.policy.reveal_depth_blocks = 0;
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  mine_to(commit_last() - us.policy.commit_margin_blocks);
  ASSERT_TRUE(us.reaches(State::commit_mined));
  const std::uint64_t mined = us.row.commit->mined->block;
  mine_to(mined + 3);
  settle_down(us);
  EXPECT_EQ(us.state(), "commit_mined");
  EXPECT_EQ(us.fact("waiting_for"), "confirmations of the commitment");
  mine_to(mined + 4);
  settle_down(us);
  EXPECT_EQ(us.state(), "reveal_sent");
}

class SenderRevealReorg : public SenderReveal,
                          public ::testing::WithParamInterface<std::tuple<State, std::uint64_t>> {};

/// Windows of which a reorg of six blocks can take away the commitment itself.
TEST_P(SenderRevealReorg, WithoutACanonicalCommitmentTheProofStaysHidden) {
  const auto [state, depth] = GetParam();
  sim::SimChain world{{2, 8, 10, 100}};
  chain = world;
  chain.set_stake(us.signer.address(), 1000);
  open();
  chain.mine_many(6);
  std::vector<sim::SimTx> shown;
  chain.on_broadcast = [&](const sim::SimTx& tx) {
    if (tx.call.purpose != Purpose::reveal) return;
    shown.push_back(tx);
    const sim::SimCommitment* c = commitment(us, chain.state().sequences.at(id).view.round);
    EXPECT_TRUE(c != nullptr && c->state == CommitmentState::committed);
  };
  ASSERT_TRUE(us.reaches(state));
  const std::size_t shown_before = shown.size();
  lose(depth);
  const bool gone = chain.state().sequences.at(id).view.round == 0;
  settle_down(us);
  if (gone) {
    EXPECT_EQ(shown.size(), shown_before);
    EXPECT_EQ(us.state(), "commit_sent");
  }
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(reward(us), 1'000'000u);
}
INSTANTIATE_TEST_SUITE_P(StateAndDepth, SenderRevealReorg,
                         ::testing::Combine(::testing::Values(State::window_open, State::reveal_nonce,
                                                              State::reveal_signed, State::reveal_sent,
                                                              State::verified, State::paid),
                                            ::testing::Range<std::uint64_t>(1, 7)));

TEST_F(SenderReveal, SignsFirstAndBroadcastsWhatIsStored) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  const TxHash stored = us.row.reveal->attempts.back().hash;
  us.crash().value();
  us.crash().value();
  us.once();
  for (const sim::SimTx& tx : sent_as(Purpose::reveal)) EXPECT_EQ(tx.hash, stored);
  EXPECT_EQ(sent_as(Purpose::reveal).size(), 3u);
}

TEST_F(SenderReveal, ARevealMinedByAForgottenStepIsKnownAsItsOwn) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  us.crash().value();
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "reveal_sent");
  EXPECT_TRUE(us.row.retired.empty());
  us.once();
  EXPECT_EQ(us.state(), "verified");
}

TEST_F(SenderReveal, ASignedRevealOutOfTimeIsNeverShown) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  mine_to(reveal_last() - 1);
  settle_down(us);
  settle_down(us);
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  ASSERT_FALSE(sent_as(Purpose::fill).empty());
  EXPECT_EQ(sent_as(Purpose::fill)[0].nonce, 1u);
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("rounds_lost"), "1");
  EXPECT_EQ(us.fact("lost_round"), "1");
  EXPECT_EQ(us.fact("round"), "2");
  EXPECT_EQ(us.row.rounds_lost, 1u);
}

TEST_F(SenderReveal, ARevealThatWouldRevertIsNotShown) {
  ASSERT_TRUE(us.reaches(State::window_open));
  chain.set_stake(us.signer.address(), 0);
  settle_down(us);
  EXPECT_EQ(us.state(), "window_open");
  EXPECT_NE(us.fact("waiting_for").find("StakeTooLow"), std::string::npos);
  chain.set_stake(us.signer.address(), 1000);
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  chain.set_stake(us.signer.address(), 0);
  us.once();
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  EXPECT_EQ(us.row.retired.size(), 1u);
}

TEST_F(SenderReveal, NothingIsShownBehindANonceThatNobodyHasSent) {
  ASSERT_TRUE(us.reaches(State::window_open));
  us.next_nonce = 2;  // nonce 1 was granted to a row that does not get on
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  EXPECT_EQ(us.once().delay_ms, us.policy.retry_ms()) << "no block is needed for that";
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  EXPECT_EQ(us.fact("waiting_for"), "nonce 1 to be used by another sequence");
  const auto other = us.signer.fill_nonce(1, {U256(9 * gwei), U256(gwei)});
  chain.broadcast(other.raw).value();
  us.once();
  EXPECT_EQ(sent_as(Purpose::reveal).size(), 1u);
}

TEST_F(SenderReveal, TheNonceThatKeepsItFromBeingShownIsFilled) {
  us.policy.gap_after_blocks = 2;
  ASSERT_TRUE(us.reaches(State::window_open));
  us.next_nonce = 2;  // nonce 1 was granted to a row that is gone
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  for (std::uint64_t blocks = 0; blocks < us.policy.gap_after_blocks; ++blocks) {
    us.once();
    mine_empty(1);
  }
  us.once();
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("filled_nonce"), "1");
  EXPECT_EQ(us.fact("rounds_lost"), "");
}

TEST_F(SenderReveal, ASignedRevealWhoseNonceIsUsedIsNotTakenForSent) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  const auto other = us.signer.fill_nonce(1, {U256(9 * gwei), U256(gwei)});
  chain.broadcast(other.raw).value();
  chain.mine();
  us.once();
  EXPECT_EQ(us.state(), "reveal_signed");
  EXPECT_EQ(us.fact("waiting_for"), "word of what used its nonce");
}

TEST_F(SenderReveal, NothingIsShownBelowTheBaseFee) {
  ASSERT_TRUE(us.reaches(State::reveal_signed));
  chain.base_fee = 2000 * gwei;
  us.once();
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  EXPECT_EQ(us.fact("waiting_for"), "the base fee to fall below the fee limit");
  chain.base_fee = 20 * gwei;
  us.once();  // signs a better offer
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  us.once();
  EXPECT_EQ(sent_as(Purpose::reveal).size(), 1u);
}

TEST_F(SenderReveal, AStatusOfSuccessIsNotEnough) {
  // A contract may punish a reveal and let the transaction succeed: only the event settles.
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  struct Punishing : sim::SimChain {
    using SimChain::SimChain;
    void (*change)(std::vector<Event>&) = nullptr;
    Result<std::optional<Receipt>> receipt(const TxHash& hash) override {
      auto out = SimChain::receipt(hash);
      if (out.ok() && *out) change((*out)->events);
      return out;
    }
  };
  const std::array<void (*)(std::vector<Event>&), 3> changes = {
      [](auto& events) {
        std::erase_if(events, [](const Event& e) { return e.kind == Event::Kind::settled; });
      },
      [](auto& events) {
        for (Event& e : events) e.prover = e.kind == Event::Kind::settled ? sim::sim_address(9) : e.prover;
      },
      [](auto& events) {
        for (Event& e : events)
          e.sequence = e.kind == Event::Kind::settled ? sim::sim_digest("another") : e.sequence;
      }};
  for (const auto change : changes) {
    Punishing punishing(chain::Windows{});
    static_cast<sim::SimChain&>(punishing) = chain;
    punishing.change = change;
    punishing.mine();
    const Step step = sender::step(us.row, us.granted, {punishing, us.signer, us.policy}).value();
    EXPECT_EQ(step.row.state, State::commit_mined);
    EXPECT_EQ(step.row.retired.size(), 1u);
  }
}

TEST_F(SenderReveal, ADroppedRevealIsSentAgain) {
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  chain.pool.clear();
  us.once();
  const auto reveals = sent_as(Purpose::reveal);
  ASSERT_EQ(reveals.size(), 2u);
  EXPECT_EQ(reveals[0].hash, reveals[1].hash);
}

TEST_F(SenderReveal, AfterAReorgIntoTheCommitWindowItIsNotSentAgainBeforeItsTime) {
  us.policy.confirmations_commit = 1;
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  ASSERT_EQ(chain.number(), commit_last() + us.policy.reveal_depth_blocks);
  chain.unwind(3, [](const sim::SimTx&) { return false; });
  chain.pool.clear();
  sent.clear();
  while (chain.number() < commit_last() + us.policy.reveal_depth_blocks) {
    settle_down(us);
    EXPECT_TRUE(sent.empty()) << "block " << chain.number();
    EXPECT_EQ(us.fact("waiting_for"), "the reveal window after block " + std::to_string(commit_last()));
    mine_empty(1);
  }
  settle_down(us);
  EXPECT_EQ(sent_as(Purpose::reveal).size(), 1u);
  EXPECT_EQ(us.ends(), "verified");
}

TEST_F(SenderReveal, ADroppedRevealIsSentAgainUntilItsWindowEnds) {
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  mine_empty(reveal_last() - 1 - chain.number());
  chain.pool.clear();
  sent.clear();
  settle_down(us);
  EXPECT_FALSE(sent_as(Purpose::reveal).empty()) << "it is public: late is better than never";
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("rounds_lost"), "");
}

TEST_F(SenderReveal, AStuckRevealIsRaisedFasterTowardsTheEnd) {
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  std::vector<std::uint64_t> raised_at;
  while (chain.number() < reveal_last() - 1) {
    const std::size_t before = us.row.reveal->attempts.size();
    settle_down(us);
    if (us.row.reveal->attempts.size() > before) raised_at.push_back(reveal_last() - chain.number());
    mine_empty(1);
  }
  const auto& attempts = us.row.reveal->attempts;
  ASSERT_GE(attempts.size(), 3u);
  for (std::size_t i = 1; i < attempts.size(); ++i) {
    EXPECT_TRUE(replaces(attempts[i - 1].fees, attempts[i].fees));
  }
  EXPECT_EQ(attempts.back().fees.max_fee_per_gas, us.policy.fees.max_fee_per_gas);
  EXPECT_EQ(raised_at.front(), reveal_blocks - 1 - us.policy.fees.patience_blocks);
}

TEST_F(SenderReveal, ARevealLeftInThePoolIsReplacedWhenTheWindowCloses) {
  us.policy.fees.last_blocks = 0;
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  chain.min_tip = 1000 * gwei;
  mine_empty(reveal_last() - chain.number());
  settle_down(us);
  settle_down(us);
  const sim::SimTx& pending = chain.pool.at({us.signer.address(), 1});
  EXPECT_EQ(pending.call.purpose, Purpose::fill);
  chain.min_tip = 1;
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("round"), "2");
}

TEST_F(SenderReveal, ARevertedRevealIsTriedAgainWithANewNonce) {
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  chain.set_stake(us.signer.address(), 0);
  chain.mine();
  chain.set_stake(us.signer.address(), 1000);
  us.once();
  EXPECT_FALSE(us.fact("reveal_reverted").empty());
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("rounds_lost"), "");
}

TEST_F(SenderReveal, AnotherProversProofLetsUsSettleByDigest) {
  us.policy.reveal_depth_blocks = 5;  // of no use when a proof is public
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  ASSERT_TRUE(us.reaches(State::late_reveal, 0));
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_TRUE(sent_as(Purpose::reveal).empty());
  EXPECT_FALSE(sent_as(Purpose::settle).empty());
  EXPECT_EQ(rival.ends(), "verified");
  EXPECT_EQ(reward(us) + reward(rival), 1'000'000u);
  EXPECT_EQ(reward(us), 500'000u);
}

TEST_F(SenderReveal, ASettlementBehindAProofThatAReorgTookAwayIsReplacedByAReveal) {
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  ASSERT_TRUE(us.reaches(State::reveal_sent));
  ASSERT_EQ(us.row.want, Purpose::settle);
  lose(1);
  us.once();
  EXPECT_EQ(us.state(), "window_open");
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_FALSE(sent_as(Purpose::reveal).empty());
}

TEST_F(SenderReveal, WithAnotherProofOfOurOwnWeRevealLate) {
  Hand own(chain, 3, id, claim, "another valid proof");
  chain.set_stake(own.signer.address(), 1000);
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(own.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  mine_to(reveal_last() + 1);  // our own window is over; the settlement period is not
  EXPECT_EQ(own.ends(), "verified");
  EXPECT_EQ(own.fact("round"), "1");
}

TEST_F(SenderReveal, ACommitmentNotSettledInTimeIsGivenUp) {
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  chain.mine_many(settlement_blocks);
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(us.fact("given_up"), "our commitment was not settled in time");
  EXPECT_EQ(us.fact("rounds_lost"), "");
}

TEST_F(SenderReveal, ACommitmentOfAForgottenRunMaySettleInTheLastBlock) {
  us.policy.confirmations_commit = us.policy.reveal_margin_blocks = 1;
  const Row forgotten = us.row;
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  us.row = forgotten;
  us.at = "hash_commit";
  us.next_nonce = 1;
  const std::uint64_t last = chain.number() + settlement_blocks;
  mine_to(last - 1);
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("reveal_block"), std::to_string(last));
}

TEST_F(SenderReveal, ANodeThatIsBehindIsNotBelieved) {
  struct Behind : sim::SimChain {
    using SimChain::SimChain;
    SequenceView old{};
    bool without_commitment = false;
    Result<SequenceView> sequence(const SequenceId&) override { return old; }
    Result<CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                      const Address& who) override {
      return without_commitment ? CommitmentView{} : SimChain::commitment(id, round, who);
    }
  };
  ASSERT_TRUE(rival.reaches(State::commit_mined));
  const SequenceView first_round = chain.sequence(id).value();
  mine_to(reveal_last());
  ASSERT_TRUE(us.reaches(State::commit_mined));
  ASSERT_EQ(us.row.round, 2u);
  Behind behind(chain::Windows{});
  static_cast<sim::SimChain&>(behind) = chain;
  for (const SequenceView& old : {first_round, SequenceView{}, chain.sequence(id).value()}) {
    behind.without_commitment = old.round == us.row.round;
    behind.old = old;
    const Step step = sender::step(us.row, us.granted, {behind, us.signer, us.policy}).value();
    EXPECT_EQ(step.row.state, State::commit_mined);
    EXPECT_EQ(step.facts.back().second, "the node to agree with itself");
  }
}

TEST_F(SenderReveal, WhyThereIsNothingLeftToWinIsSaid) {
  Hand other(chain, 1, id, claim, "another proof");
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(other.reaches(State::commit_mined));
  ASSERT_TRUE(rival.reaches(State::verified));
  us.once();
  EXPECT_EQ(us.row.reason, "another prover proved it, and we committed to another proof");
  chain.mine_many(settlement_blocks);
  chain.slash(id, 1, us.signer.address());
  EXPECT_EQ(us.ends(), "given_up");
  EXPECT_EQ(us.fact("given_up"), "another prover proved it, and our commitment was slashed");
}

TEST_F(SenderReveal, ALostWindowLeadsToTheNextRound) {
  ASSERT_TRUE(us.reaches(State::commit_mined));
  mine_to(reveal_last());
  ASSERT_TRUE(us.reaches(State::window_lost, 0));
  ASSERT_TRUE(us.reaches(State::planned, 0));
  EXPECT_EQ(us.row.rounds_lost, 1u);
  EXPECT_EQ(us.at, "hash_commit");
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("round"), "2");
  EXPECT_EQ(reward(us), 1'000'000u);
}

TEST_F(SenderReveal, AReorgThatBringsTheLostRoundBackIsTakenUp) {
  us.policy.confirmations_final = 40;
  ASSERT_TRUE(rival.reaches(State::commit_sent));
  ASSERT_TRUE(us.reaches(State::commit_mined));
  mine_to(reveal_last());
  const std::uint64_t at = chain.number();
  ASSERT_TRUE(us.reaches(State::planned, 0));
  // In the other history the rival revealed in time.
  chain.unwind(3, [](const sim::SimTx&) { return false; });
  ASSERT_TRUE(rival.reaches(State::verified, 5));
  mine_to(at);
  ASSERT_TRUE(us.reaches(State::late_reveal, 2));
  ASSERT_TRUE(us.row.commit) << "the transaction that made it is the row's again";
  EXPECT_EQ(us.row.commit->mined->block, first_commit());
  EXPECT_EQ(us.ends(), "verified");
  EXPECT_EQ(us.fact("round"), "1");
}

TEST_F(SenderReveal, TooManyLostRoundsEndInDeadUntilAPersonRaisesTheLimit) {
  for (std::uint64_t round = 1; round <= us.policy.rounds_lost_max; ++round) {
    ASSERT_TRUE(us.reaches(State::commit_mined));
    mine_to(reveal_last());
    ASSERT_TRUE(us.reaches(State::planned, 0));
  }
  EXPECT_EQ(us.ends(), "dead: lost 3 rounds, each for a slash; raise rounds_lost_max and replay to go on");
  us.policy.rounds_lost_max = 4;
  us.dead.clear();
  EXPECT_EQ(us.ends(), "verified");
}

}  // namespace
}  // namespace cairn::chain::sender
