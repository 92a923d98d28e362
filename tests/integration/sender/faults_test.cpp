// Stuck nonces, nodes that fail in the middle of a call, windows that close, memory that is lost: on a
// real chain.
#include "tests/integration/sender/sender_pool.h"

namespace cairn::test {
namespace {

using chain::U256;
using SenderFaults = SenderOnAnvil;

// Blocks are full with what pays more; the node replaces what waits by the strictest rule only.
TEST_F(SenderFaults, AStuckNonceIsRaisedByTheStrictRule) {
  RpcProxy proxy(anvil_.url());
  proxy.require_bump(1125);
  SenderPool us = pool(1, proxy.url());
  const std::uint64_t first = must(node_.mined_nonce(us.address()));
  open();
  submit(us);
  for (const char* state : {"commit_sent", "reveal_sent"}) {
    ASSERT_TRUE(reaches(us, state)) << state;
    const unsigned before = proxy.replacements();
    anvil_.fill(2);
    EXPECT_TRUE(run(
        {&us}, [&] { return proxy.replacements() > before; }, 2))
        << state;
  }
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(proxy.underpriced(), 0u);
  EXPECT_EQ(settled_nonce(us.address()), first + 2) << "one commit and one reveal";
}

// What was signed is worth nothing any more; the base fee falls by an eighth per empty block.
TEST_F(SenderFaults, AnOfferBelowTheBaseFeeIsRaised) {
  SenderPool us = pool(1);
  const std::uint64_t first = must(node_.mined_nonce(us.address()));
  open();
  submit(us);
  ASSERT_TRUE(reaches(us, "commit_signed"));
  anvil_.set_next_base_fee(60'000'000'000);
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(settled_nonce(us.address()), first + 2) << "one commit and one reveal";
}

TEST_F(SenderFaults, ANodeThatTakesATransactionAndDoesNotSaySo) {
  for (const Fault fault :
       {Fault::cut_after, Fault::stall_after, Fault::cut_before, Fault::garbage, Fault::http_503}) {
    RpcProxy proxy(anvil_.url());
    SenderPool us = pool(1, proxy.url());
    const std::uint64_t first = must(node_.mined_nonce(us.address()));
    open();
    submit(us);
    const U256 before = tokens(us.address());
    for (const char* state : {"commit_signed", "reveal_signed"}) {
      ASSERT_TRUE(reaches(us, state));
      proxy.inject("eth_sendRawTransaction", fault);
    }
    ASSERT_TRUE(ends({&us}, "verified"));
    EXPECT_EQ(tokens(us.address()), must(before.plus(U256(reward_wei))));
    EXPECT_EQ(settled_nonce(us.address()), first + 2) << "one commit and one reveal";
  }
}

TEST_F(SenderFaults, ANodeThatIsAwayForAWhileInEveryState) {
  RpcProxy proxy(anvil_.url());
  SenderPool us = pool(1, proxy.url());
  open();
  submit(us);
  for (const char* state : {"commit_nonce", "commit_signed", "commit_sent", "commit_mined", "window_open",
                            "reveal_signed", "reveal_sent", "paid"}) {
    ASSERT_TRUE(reaches(us, state)) << state;
    proxy.set_down(true);
    for (int i = 0; i < 3; ++i) {
      us.pass(policy().poll_ms);
      EXPECT_TRUE(us.step());
    }
    EXPECT_NE(us.fact(group(), "waiting_for").find("the chain to answer"), std::string::npos);
    EXPECT_EQ(us.ended(group()), "running");
    proxy.set_down(false);
  }
  ASSERT_TRUE(ends({&us}, "verified"));
  settled_nonce(us.address());
}

// anvil, and other nodes, for a moment after each block.
TEST_F(SenderFaults, ANodeWhoseFeeHistoryIsBehindItsChain) {
  RpcProxy proxy(anvil_.url());
  SenderPool us = pool(1, proxy.url());
  const std::uint64_t first = must(node_.mined_nonce(us.address()));
  open();
  submit(us);
  for (const char* state : {"commit_nonce", "reveal_nonce"}) {
    ASSERT_TRUE(reaches(us, state));
    proxy.answer("eth_feeHistory",
                 R"({"jsonrpc":"2.0","id":$id,"result":{"oldestBlock":"0x1","gasUsedRatio":[],)"
                 R"("baseFeePerGas":["0x342770c0"],"reward":[]}})");
    EXPECT_TRUE(us.step());
    EXPECT_EQ(us.state(group()), state) << "it does not sign on a guess";
    EXPECT_NE(us.fact(group(), "waiting_for").find("eth_feeHistory"), std::string::npos);
  }
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(settled_nonce(us.address()), first + 2) << "one commit and one reveal";
}

TEST_F(SenderFaults, ALostWindowLeadsToTheNextRound) {
  SenderPool us = pool(1);
  open();
  submit(us);
  ASSERT_TRUE(reaches(us, "reveal_signed"));
  // Nobody runs our tasks until the round is over.
  mine(windows.reveal_blocks, {&us});
  const U256 before = tokens(us.address());
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(us.fact(group(), "rounds_lost"), "1");
  EXPECT_EQ(us.fact(group(), "round"), "2");
  EXPECT_EQ(tokens(us.address()), must(before.plus(U256(reward_wei))));
  settled_nonce(us.address());
}

TEST_F(SenderFaults, ARevealStuckUntilTheWindowClosesIsReplaced) {
  SenderPool us = pool(1);
  open();
  submit(us);
  ASSERT_TRUE(reaches(us, "reveal_sent"));
  // Above our limit for the rest of the window.
  const std::uint64_t last = sequence().first_commit_block + windows.commit_blocks + windows.reveal_blocks;
  while (head() < last) {
    anvil_.set_next_base_fee(900'000'000'000);
    mine(1, {&us});
    while (us.step()) {
    }
  }
  anvil_.set_next_base_fee(1'000'000'000);
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(us.fact(group(), "round"), "2");
  settled_nonce(us.address());
}

TEST_F(SenderFaults, ARowRestoredFromAnOlderCopyFindsItsPlace) {
  for (const char* state : {"commit_sent", "commit_mined", "reveal_sent", "verified", "paid"}) {
    open();
    SenderPool lost = pool(1);
    submit(lost);
    ASSERT_TRUE(reaches(lost, state)) << state;
    SenderPool us = pool(1);  // knows nothing but the proof
    submit(us);
    const U256 stake_before = must(us.chain().prover(us.address())).stake;
    ASSERT_TRUE(ends({&us}, "verified")) << state;
    EXPECT_EQ(must(us.chain().prover(us.address())).stake, stake_before);
    EXPECT_EQ(sequence().state, chain::SequenceState::proven);
    EXPECT_EQ(sequence().round, 1u) << state;
    settled_nonce(us.address());
  }
}

TEST_F(SenderFaults, AnotherProgramUsesTheKey) {
  SenderPool us = pool(1);
  open();
  submit(us);
  for (const char* state : {"commit_signed", "reveal_signed"}) {
    ASSERT_TRUE(reaches(us, state));
    const std::uint64_t nonce = must(node_.pending_nonce(us.address()));
    const U256 fee(100'000'000'000);
    must(us.chain().broadcast(us.signer().fill_nonce(nonce, {fee, fee}).raw));
    mine(1, {&us});
  }
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_FALSE(us.fact(group(), "foreign_nonce").empty());
  settled_nonce(us.address());
}

TEST_F(SenderFaults, SeveralSequencesOfOneKey) {
  SenderPool us = pool(1);
  const U256 before = tokens(us.address());
  for (int i = 0; i < 4; ++i) {
    open();
    submit(us);
  }
  const auto all = [&] {
    for (std::uint64_t i = 1; i <= opened_; ++i) {
      if (us.ended("s" + std::to_string(i)) != "verified") return false;
    }
    return true;
  };
  ASSERT_TRUE(run({&us}, [&] { return us.state(group()) == "reveal_sent"; }));
  anvil_.reorg(4);
  ASSERT_TRUE(run({&us}, all));
  EXPECT_EQ(tokens(us.address()), must(before.plus(U256(4 * reward_wei))));
  settled_nonce(us.address());
}

}  // namespace
}  // namespace cairn::test
