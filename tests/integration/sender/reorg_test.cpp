// Reorgs and dropped transactions on a real chain. anvil_reorg loses the transactions of the blocks
// that it replaces: only the sender can bring them back.
#include <algorithm>

#include "chain/keccak.h"
#include "tests/integration/sender/sender_pool.h"

namespace cairn::test {
namespace {

using chain::U256;

/// How a prover comes to be in the state in which the reorg finds it.
enum class Story : std::uint8_t {
  alone,        ///< nobody else commits
  second,       ///< another prover proves it before us
  first,        ///< another prover settles behind us, so that our reward is due when it has
  window_lost,  ///< nobody runs our tasks in the reveal window
  too_late,     ///< another prover proves it before we commit
};

struct Step {
  const char* state;
  Story story;
};
void PrintTo(const Step& step, std::ostream* out) { *out << step.state; }

// Every state of chain/sender.h. In each the row's last step is stored and the next one has not
// run.
constexpr Step steps[] = {
    {"planned", Story::alone},           {"commit_nonce", Story::alone},  {"commit_signed", Story::alone},
    {"commit_sent", Story::alone},       {"commit_mined", Story::alone},  {"window_open", Story::alone},
    {"reveal_nonce", Story::alone},      {"reveal_signed", Story::alone}, {"reveal_sent", Story::alone},
    {"verified", Story::alone},          {"paid", Story::alone},          {"late_reveal", Story::second},
    {"pay_nonce", Story::first},         {"pay_signed", Story::first},    {"pay_sent", Story::first},
    {"window_lost", Story::window_lost}, {"given_up", Story::too_late},
};
static_assert(std::size(steps) == chain::sender::state_count);

class SenderReorg : public SenderOnAnvil, public ::testing::WithParamInterface<Step> {
 protected:
  /// Brings `us` to the state. `other` is another prover's pool.
  void arrive(SenderPool& us, SenderPool& other) {
    const std::string state = GetParam().state;
    if (GetParam().story == Story::too_late) {
      submit(other, "other");
      ASSERT_TRUE(ends({&other}, "verified"));
    }
    submit(us, "us");
    if (state == "planned") return;
    if (two()) {
      const bool first = GetParam().story == Story::first;
      submit(other, "other");
      ASSERT_TRUE(run({&us, &other}, [&] { return us.state(group()) == "commit_mined"; }));
      ASSERT_TRUE(reaches(first ? us : other, "verified"));
      if (first) {
        ASSERT_TRUE(reaches(other, "verified"));
      }
    }
    if (GetParam().story == Story::window_lost) {
      ASSERT_TRUE(reaches(us, "commit_mined"));
      mine(windows.commit_blocks + windows.reveal_blocks, {&us});
    }
    ASSERT_TRUE(reaches(us, state));
  }

  bool two() const { return GetParam().story == Story::first || GetParam().story == Story::second; }

  std::uint64_t events(const char* signature) {
    const auto logs = must(node_.logs(deployment_.submission, chain::keccak256(signature), 0, head()));
    return static_cast<std::uint64_t>(std::count_if(logs.begin(), logs.end(), [&](const auto& log) {
      return log.topics.size() > 1 && log.topics[1] == id_;
    }));
  }

  /// The canonical chain and the facts agree on one proof, settled and paid once per prover.
  void expect_one_effect(SenderPool& us, std::uint64_t provers) {
    EXPECT_EQ(events("SequenceProven(bytes32,address,uint64,bytes32)"), 1u);
    EXPECT_EQ(events("CommitmentSettled(bytes32,address,uint64,bytes32)"), provers);
    EXPECT_EQ(events("RewardPaid(bytes32,address,uint256)"), provers);
    EXPECT_EQ(must(us.chain().prover(us.address())).unsettled,
              GetParam().story == Story::window_lost ? lost_ : 0);
    const auto receipt = must(node_.receipt(must(digest_from_hex(us.fact(group(), "reveal_tx")))));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(us.fact(group(), "reveal_block"), std::to_string(receipt->block_number));
  }

  std::uint64_t lost_ = 0;  ///< rounds lost so far
};

TEST_P(SenderReorg, EveryDepthEndsWithOneEffect) {
  SenderPool us = pool(2);
  SenderPool other = pool(1);
  for (std::uint64_t depth = 1; depth <= 6; ++depth) {
    SCOPED_TRACE("depth " + std::to_string(depth));
    open();
    const U256 before = must(tokens(us.address()).plus(tokens(other.address())));
    ASSERT_NO_FATAL_FAILURE(arrive(us, other));
    const bool too_late = GetParam().story == Story::too_late;
    const std::uint64_t nonce = must(node_.mined_nonce(us.address()));
    anvil_.reorg(depth);
    if (too_late) {
      // The other's proof was deep; whatever the reorg took, ours has no place.
      ASSERT_TRUE(ends({&us}, "given_up"));
      EXPECT_EQ(settled_nonce(us.address()), nonce) << "nothing was sent";
    } else {
      ASSERT_TRUE(two() ? ends({&us, &other}, "verified") : ends({&us}, "verified"));
      lost_ += us.fact(group(), "rounds_lost") == "1" ? 1 : 0;
      expect_one_effect(us, two() ? 2 : 1);
    }
    EXPECT_EQ(must(tokens(us.address()).plus(tokens(other.address()))), must(before.plus(U256(reward_wei))));
  }
  settled_nonce(us.address());
  EXPECT_EQ(us.witness().objections(), std::vector<std::string>());
  EXPECT_EQ(other.witness().objections(), std::vector<std::string>());
  EXPECT_GE(us.witness().shown() + other.witness().shown(), 6u);
}

INSTANTIATE_TEST_SUITE_P(State, SenderReorg, ::testing::ValuesIn(steps),
                         [](const auto& test) { return std::string(test.param.state); });

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
