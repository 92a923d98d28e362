// After a silence, in which nobody called the store, no lease is lost before its holder has had the time of a
// lease to renew it: what was away is Redis, or every dispatcher, and not the worker.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

constexpr StoreRules kPool{.lease_ms = 10'000, .deaths_max = 2};
constexpr std::uint64_t kSilenceMs = kPool.lease_ms / 2, kBeatMs = kPool.lease_ms / 5, kSweepMs = 1'000;

class StoreSilence : public StoreTest {
 protected:
  StoreSilence() { use(kPool); }

  /// Time passes for a pool whose dispatchers sweep, as they do each second.
  void sweep_for(std::uint64_t ms) {
    for (; ms > 0; ms -= std::min(ms, kSweepMs)) {
      advance(std::min(ms, kSweepMs));
      ASSERT_TRUE(store().sweep({"prove"}).ok());
    }
  }
  /// What a dispatcher does first when the store is back: it offers room for its workers.
  void expect_no_lease_is_lost(const Task& held) {
    EXPECT_TRUE(lease().empty());
    ASSERT_TRUE(store().sweep({"prove"}).ok());
    EXPECT_EQ(state(held.id), TaskState::leased);
  }
};

TEST_P(StoreSilence, OfTenLeasesCountsNoDeath) {
  enqueue({spec("long")});
  const Task task = lease_one();
  for (std::uint32_t outage = 0; outage < 3 * kPool.deaths_max; ++outage) {
    advance(10 * kPool.lease_ms);
    expect_no_lease_is_lost(task);
    sweep_for(kBeatMs);
    EXPECT_EQ(renew(task), Verdict::ok);
    for (std::uint64_t ms = 0; ms < 2 * kPool.lease_ms; ms += kBeatMs) {
      sweep_for(kBeatMs);
      EXPECT_EQ(renew(task), Verdict::ok);
    }
  }
  EXPECT_EQ(record("long").deaths, 0u);
  EXPECT_EQ(counts().leases_lost_total, 0u);
  EXPECT_EQ(complete(task), Verdict::ok);
}

// The last renewal was a beat ago and the next comes a beat after the store is back, retries of the client
// included.
TEST_P(StoreSilence, OfAnyLengthCostsNoHolderThatBeatsOnItsLease) {
  for (std::uint64_t away = kSweepMs; away < 3 * kPool.lease_ms; away += kSweepMs / 2) {
    const TaskId id = "t" + std::to_string(away);
    enqueue({spec(id)});
    const Task task = lease_one();
    advance(kBeatMs);
    ASSERT_TRUE(store().sweep({"prove"}).ok());
    advance(away);
    expect_no_lease_is_lost(task);
    sweep_for(kBeatMs + kSweepMs);
    EXPECT_EQ(renew(task), Verdict::ok) << away;
    EXPECT_EQ(record(id).deaths, 0u) << away;
    EXPECT_EQ(complete(task), Verdict::ok);
    sweep_for(2 * kPool.lease_ms);
  }
}

TEST_P(StoreSilence, IsFollowedByTheLossOfWhatNobodyRenewsOneLeaseLater) {
  enqueue({spec("orphan")});
  const Task task = lease_one();
  advance(10 * kPool.lease_ms);
  expect_no_lease_is_lost(task);
  sweep_for(kPool.lease_ms - 1);
  EXPECT_EQ(state("orphan"), TaskState::leased);
  advance(1);
  const Task again = lease_one();
  EXPECT_EQ(again.attempt, 2u);
  EXPECT_EQ(record("orphan").deaths, 1u);
  EXPECT_EQ(renew(task), Verdict::stale);
}

TEST_P(StoreSilence, IsOneFromHalfALeaseOn) {
  for (const bool silent : {false, true}) {
    use(kPool);
    enqueue({spec("a")});
    lease_one();
    sweep_for(kPool.lease_ms - kSilenceMs);
    advance(silent ? kSilenceMs : kSilenceMs - 1);
    EXPECT_TRUE(lease().empty());
    advance(1);
    EXPECT_EQ(lease().empty(), silent);
  }
}

// A short lease ends between two sweeps: that is no silence, however busy the machine is.
TEST_P(StoreSilence, IsNotTheSecondBetweenTwoSweeps) {
  StoreRules rules = kPool;
  rules.lease_ms = 1'000;
  use(rules);
  enqueue({spec("a")});
  lease_one();
  for (const std::uint64_t late : {0u, 100u, 499u}) {
    advance(kSweepMs + late);
    ASSERT_TRUE(store().sweep({"prove"}).ok());
    if (state("a") != TaskState::dead) lease_one();
  }
  EXPECT_EQ(record("a").deaths, rules.deaths_max);
}

TEST_P(StoreSilence, ThatComesAgainBeforeAnyoneRenewedCountsNoDeathEither) {
  enqueue({spec("a")});
  const Task task = lease_one();
  for (int flap = 0; flap < 4; ++flap) {
    advance(2 * kPool.lease_ms);
    expect_no_lease_is_lost(task);
    advance(100);
    expect_no_lease_is_lost(task);
  }
  sweep_for(kBeatMs);
  EXPECT_EQ(renew(task), Verdict::ok);
  EXPECT_EQ(record("a").deaths, 0u);
}

// Who calls once a lease only is not away each time.
TEST_P(StoreSilence, WithoutEndKeepsNoLeaseForEver) {
  enqueue({spec("a")});
  lease_one();
  int calls = 0;
  for (; calls < 100 && lease().empty(); ++calls) advance(kPool.lease_ms);
  EXPECT_GT(calls, 4);
  EXPECT_LT(calls, 12);
}

TEST_P(StoreSilence, IsWhatAClockThatIsSetForwardLooksLike) {
  enqueue({spec("a")});
  const Task task = lease_one();
  sweep_for(kBeatMs);
  advance(3'600'000);
  expect_no_lease_is_lost(task);
  EXPECT_EQ(renew(task), Verdict::ok);
  harness_->set_back(3'600'000);
  expect_no_lease_is_lost(task);
  EXPECT_EQ(complete(task), Verdict::ok);
  EXPECT_EQ(counts().leases_lost_total, 0u);
}

TEST_P(StoreSilence, IsNotBrokenByWhoOnlyLooks) {
  enqueue({spec("a")});
  const Task task = lease_one();
  for (std::uint64_t ms = 0; ms < 2 * kPool.lease_ms; ms += kSweepMs) {
    advance(kSweepMs);
    EXPECT_EQ(counts().leased, 1u);
    EXPECT_EQ(store().cancel("nobody").error().code, Code::not_found);
  }
  expect_no_lease_is_lost(task);
}

INSTANTIATE_TEST_SUITE_P(Every, StoreSilence,
                         testing::Values(StoreKind{"memory", make_memory_harness},
                                         StoreKind{"redis", make_redis_harness}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace cairn::pipeline
