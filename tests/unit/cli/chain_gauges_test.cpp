#include "cli/chain_gauges.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/cli/metric_text.h"

namespace cairn::cli {
namespace {

constexpr const char* kCommitLeft = "cairn_window_blocks_left{window=\"commit\"}";
constexpr const char* kRevealLeft = "cairn_window_blocks_left{window=\"reveal\"}";

chain::SequenceView begun_at(std::uint64_t block) {
  chain::SequenceView view{};
  view.state = chain::SequenceState::open;
  view.round = 1;
  view.first_commit_block = block;
  return view;
}
chain::SequenceId id(std::uint8_t name) {
  chain::SequenceId out{};
  out[0] = name;
  return out;
}

struct ChainGaugesTest : testing::Test {
  Metrics metrics;
  ChainGauges gauges{metrics};
  void SetUp() override { gauges.note_windows({10, 20, 30, 40}); }
  double read(const char* series) const { return value_of(metrics, series); }
};

// T = 100: commitments are taken in blocks up to 110, proofs in 111 to 130.
TEST_F(ChainGaugesTest, CountsTheBlocksInWhichATransactionCanStillBeMined) {
  gauges.note_head({100, {}});
  EXPECT_TRUE(std::isnan(read(kCommitLeft)));
  gauges.note_sequence(id(1), begun_at(100));
  EXPECT_EQ(read(kCommitLeft), 10);
  EXPECT_TRUE(std::isnan(read(kRevealLeft)));
  gauges.note_head({109, {}});
  EXPECT_EQ(read(kCommitLeft), 1);
  gauges.note_head({110, {}});
  EXPECT_TRUE(std::isnan(read(kCommitLeft)));
  EXPECT_EQ(read(kRevealLeft), 20);
  gauges.note_head({129, {}});
  EXPECT_EQ(read(kRevealLeft), 1);
  gauges.note_head({130, {}});
  EXPECT_TRUE(std::isnan(read(kRevealLeft)));
  EXPECT_EQ(read("cairn_windows_open{window=\"reveal\"}"), 0);
}

TEST_F(ChainGaugesTest, ShowsTheSequenceThatHasLeastTime) {
  gauges.note_head({105, {}});
  gauges.note_sequence(id(1), begun_at(100));
  gauges.note_sequence(id(2), begun_at(104));
  EXPECT_EQ(read(kCommitLeft), 5);
  EXPECT_EQ(read("cairn_windows_open{window=\"commit\"}"), 2);
  chain::SequenceView proven = begun_at(100);
  proven.state = chain::SequenceState::proven;
  gauges.note_sequence(id(1), proven);
  EXPECT_EQ(read(kCommitLeft), 9);
  EXPECT_EQ(read("cairn_windows_open{window=\"commit\"}"), 1);
}

TEST_F(ChainGaugesTest, ForgetsASequenceThatNobodyAsksAbout) {
  gauges.note_windows({1'000, 1'000, 1'000, 1'000});
  gauges.note_head({100, {}});
  gauges.note_sequence(id(1), begun_at(100));
  gauges.note_head({100 + ChainGauges::kForgottenBlocks, {}});
  EXPECT_EQ(read("cairn_windows_open{window=\"commit\"}"), 1);
  gauges.note_head({101 + ChainGauges::kForgottenBlocks, {}});
  EXPECT_EQ(read("cairn_windows_open{window=\"commit\"}"), 0);
}

TEST_F(ChainGaugesTest, ShowsMoneyBeyond64Bits) {
  gauges.note_balance(*chain::U256::parse("123000000000000000000000"));
  gauges.note_fees({chain::U256(7), chain::U256(2)});
  gauges.note_prover({chain::U256(50), chain::U256(20), chain::U256(0), 3});
  EXPECT_DOUBLE_EQ(read("cairn_prover_balance_wei"), 1.23e23);
  EXPECT_EQ(read("cairn_chain_base_fee_wei"), 7);
  EXPECT_EQ(read("cairn_chain_priority_fee_wei"), 2);
  EXPECT_EQ(read("cairn_prover_stake_units"), 50);
  EXPECT_EQ(read("cairn_prover_bonded_units"), 20);
  EXPECT_EQ(read("cairn_prover_unsettled_commitments"), 3);
}

}  // namespace
}  // namespace cairn::cli
