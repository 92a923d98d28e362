// Reorgs and dropped transactions on a real chain. anvil_reorg loses the transactions of the blocks that
// it replaces: only the sender can bring them back.
#include "tests/integration/sender/sender_pool.h"

namespace cairn::test {
namespace {

using chain::U256;

class SenderReorg : public SenderOnAnvil, public ::testing::WithParamInterface<const char*> {};

TEST_P(SenderReorg, EveryDepthEndsVerifiedAndPaidOnce) {
  const std::string state = GetParam();
  SenderPool us = pool(1);
  for (std::uint64_t depth = 1; depth <= 6; ++depth) {
    SCOPED_TRACE("depth " + std::to_string(depth));
    open();
    submit(us);
    const U256 before = tokens(us.address());
    ASSERT_TRUE(reaches(us, state));
    anvil_.reorg(depth);
    ASSERT_TRUE(ends({&us}, "verified"));
    EXPECT_EQ(tokens(us.address()), must(before.plus(U256(reward_wei))));
    EXPECT_EQ(us.fact(group(), "reward_wei"), std::to_string(reward_wei));
    // What the facts say is on the canonical chain.
    const auto tx = must(digest_from_hex(us.fact(group(), "reveal_tx")));
    const auto receipt = must(node_.receipt(tx));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(us.fact(group(), "reveal_block"), std::to_string(receipt->block_number));
  }
  settled_nonce(us.address());
}

// In each of them the row's last step is stored and the next one has not run.
INSTANTIATE_TEST_SUITE_P(State, SenderReorg,
                         ::testing::Values("commit_signed", "commit_sent", "commit_mined",
                                           "window_open", "reveal_signed", "reveal_sent",
                                           "verified", "paid"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(SenderOnAnvil, AReorgUnderAPaymentIsRepaired) {
  SenderPool first = pool(1);
  SenderPool second = pool(2);
  for (const std::uint64_t depth : {1, 3, 6}) {
    SCOPED_TRACE("depth " + std::to_string(depth));
    open();
    submit(first, "one");
    submit(second, "two");
    const U256 before = tokens(first.address());
    ASSERT_TRUE(run({&first, &second}, [&] { return first.state(group()) == "paid"; }));
    ASSERT_TRUE(run({&first}, [&] { return !first.fact(group(), "pay_tx").empty(); }));
    anvil_.reorg(depth);
    ASSERT_TRUE(ends({&first, &second}, "verified"));
    // Stakes of 200 and 500; whoever is paid last takes what rounding left.
    const std::uint64_t gained = must(must(tokens(first.address()).minus(before)).u64());
    EXPECT_NEAR(static_cast<double>(gained), static_cast<double>(reward_wei) * 2 / 7, 1000);
  }
  settled_nonce(first.address());
  settled_nonce(second.address());
}

TEST_F(SenderOnAnvil, DroppedTransactionsAreSentAgain) {
  SenderPool us = pool(1);
  const std::uint64_t first = must(node_.mined_nonce(us.address()));
  open();
  submit(us);
  for (const char* state : {"commit_sent", "reveal_sent"}) {
    ASSERT_TRUE(reaches(us, state));
    const std::uint64_t nonce = must(node_.mined_nonce(us.address()));
    ASSERT_EQ(must(node_.pending_nonce(us.address())), nonce + 1);
    anvil_.ask("anvil_dropAllTransactions", Json::array());
    ASSERT_EQ(must(node_.pending_nonce(us.address())), nonce);
  }
  ASSERT_TRUE(ends({&us}, "verified"));
  EXPECT_EQ(settled_nonce(us.address()), first + 2);
}

}  // namespace
}  // namespace cairn::test
