#include "chain/fees.h"

#include <gtest/gtest.h>

#include <random>

namespace cairn::chain {
namespace {

constexpr std::uint64_t far = UINT64_MAX;

U256 gwei(std::uint64_t n) { return U256(n * 1'000'000'000); }
FeeMarket market(std::uint64_t base_gwei, std::uint64_t tip_gwei) {
  return {gwei(base_gwei), gwei(tip_gwei)};
}

TEST(Fees, TheFirstOfferLastsSixFullBlocks) {
  const Fees offer = first_offer(market(30, 2), {}, far);
  EXPECT_EQ(offer.max_fee_per_gas, gwei(62));
  EXPECT_EQ(offer.max_priority_fee_per_gas, gwei(2));
  U256 base = gwei(30);
  int blocks = 0;
  while (base.plus(offer.max_priority_fee_per_gas).value() <= offer.max_fee_per_gas) {
    base = base.scaled_up(9, 8).value();
    ++blocks;
  }
  EXPECT_GE(blocks, 6);
}

TEST(Fees, AQuietMarketStillGetsATip) {
  const FeePolicy policy;
  EXPECT_EQ(first_offer(market(1, 0), policy, far).max_priority_fee_per_gas, policy.min_priority_fee_per_gas);
}

TEST(Fees, NeverAboveThePolicy) {
  FeePolicy policy;
  policy.max_fee_per_gas = gwei(40);
  policy.max_priority_fee_per_gas = gwei(3);
  const Fees offer = first_offer(market(1000, 50), policy, far);
  EXPECT_EQ(offer.max_fee_per_gas, gwei(40));
  EXPECT_EQ(offer.max_priority_fee_per_gas, gwei(3));
  policy.max_fee_per_gas = gwei(1);
  const Fees poor = first_offer(market(1000, 50), policy, far);
  EXPECT_LE(poor.max_priority_fee_per_gas, poor.max_fee_per_gas);
  EXPECT_EQ(first_offer({U256::max(), U256::max()}, policy, far).max_fee_per_gas, gwei(1));
}

// base/base 4506 and web3.py 1570: nodes want 10 %, 12.5 %, or strictly more than that.
TEST(Fees, AReplacementIsStrict) {
  const Fees old{U256(1000), U256(80)};
  EXPECT_TRUE(replaces(old, {U256(1126), U256(91)}));
  EXPECT_FALSE(replaces(old, {U256(1125), U256(91)}));
  EXPECT_FALSE(replaces(old, {U256(1126), U256(90)}));
  EXPECT_FALSE(replaces(old, old));
  EXPECT_TRUE(replaces({U256(1), U256(1)}, {U256(3), U256(3)}));  // ceil(9/8) + 1
  EXPECT_FALSE(replaces({U256(1), U256(1)}, {U256(2), U256(2)}));
  EXPECT_TRUE(replaces({U256(), U256()}, {U256(1), U256(1)}));
  EXPECT_FALSE(replaces(old, {U256(1126), U256(1127)}));  // a tip above the fee
  EXPECT_FALSE(replaces({U256::max(), U256(1)}, {U256::max(), U256(9)}));
}

TEST(Fees, ARaiseIsTheLeastThatReplaces) {
  const Fees old{gwei(100), gwei(2)};
  const Fees raised = raised_offer(old, market(1, 1), {}, far).value();
  EXPECT_EQ(raised.max_fee_per_gas, U256(112'500'000'001));
  EXPECT_EQ(raised.max_priority_fee_per_gas, U256(2'250'000'001));
}

TEST(Fees, ARaiseMeetsTheMarket) {
  const Fees raised = raised_offer({gwei(10), gwei(1)}, market(60, 5), {}, far).value();
  EXPECT_EQ(raised.max_fee_per_gas, gwei(125));
  EXPECT_EQ(raised.max_priority_fee_per_gas, gwei(5));
}

TEST(Fees, EveryRaiseReplacesUntilThePolicyEndsIt) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 500; ++i) {
    const FeePolicy policy;
    Fees last = first_offer(market(random() % 200, random() % 20), policy, far);
    int raises = 0;
    for (;; ++raises) {
      const auto next = raised_offer(last, market(random() % 200, random() % 20), policy, random() % 12);
      if (!next) break;
      ASSERT_TRUE(replaces(last, *next));
      ASSERT_LE(next->max_fee_per_gas, policy.max_fee_per_gas);
      ASSERT_LE(next->max_priority_fee_per_gas, policy.max_priority_fee_per_gas);
      last = *next;
    }
    ASSERT_LT(raises, 100);
  }
}

TEST(Fees, ThePolicyEndsTheRaises) {
  FeePolicy policy;
  policy.max_fee_per_gas = gwei(100);
  EXPECT_FALSE(raised_offer({gwei(90), gwei(1)}, market(1, 1), policy, far).has_value());
  EXPECT_TRUE(raised_offer({gwei(88), gwei(1)}, market(1, 1), policy, far).has_value());
  // One fee that cannot rise is enough.
  policy.max_priority_fee_per_gas = gwei(1);
  EXPECT_FALSE(raised_offer({gwei(10), gwei(1)}, market(1, 1), policy, far).has_value());
}

TEST(Fees, TheLastBlocksOfferEverything) {
  const FeePolicy policy;
  for (std::uint64_t left : {0, 1, 2}) {
    const Fees offer = first_offer(market(1, 1), policy, left);
    EXPECT_EQ(offer.max_fee_per_gas, policy.max_fee_per_gas);
    EXPECT_EQ(offer.max_priority_fee_per_gas, policy.max_priority_fee_per_gas);
    EXPECT_EQ(raised_offer({gwei(10), gwei(1)}, market(1, 1), policy, left)->max_fee_per_gas,
              policy.max_fee_per_gas);
  }
  EXPECT_LT(first_offer(market(1, 1), policy, 3).max_fee_per_gas, policy.max_fee_per_gas);
}

TEST(Fees, TheDeadlineSetsThePace) {
  const FeePolicy policy;
  EXPECT_FALSE(raise_due(2, 10, policy));
  EXPECT_TRUE(raise_due(3, 10, policy));
  EXPECT_FALSE(raise_due(1, 6, policy));
  EXPECT_TRUE(raise_due(1, 5, policy));
  EXPECT_FALSE(raise_due(0, 0, policy));
  EXPECT_FALSE(raise_due(0, far, policy));
}

}  // namespace
}  // namespace cairn::chain
