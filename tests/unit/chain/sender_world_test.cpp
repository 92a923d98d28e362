// Thousands of small worlds in which everything goes wrong that can. Replay one with
//   CAIRN_SEED=123 tests/sender_world_test --gtest_filter=SenderWorld.<name>
#include "tests/support/sender_world.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace cairn::sim {
namespace {

void add(Tally& sum, const Tally& one) {
  const auto fields = {&Tally::worlds,      &Tally::steps,    &Tally::blocks, &Tally::reorgs,
                       &Tally::verified,    &Tally::given_up, &Tally::dead,   &Tally::cancelled,
                       &Tally::rounds_lost, &Tally::fills,    &Tally::raises, &Tally::late,
                       &Tally::gaps,        &Tally::adopted};
  for (const auto field : fields) sum.*field += one.*field;
}

std::ostream& operator<<(std::ostream& out, const Tally& t) {
  return out << t.worlds << " worlds, " << t.steps << " steps, " << t.blocks << " blocks, " << t.reorgs
             << " reorgs: " << t.verified << " verified, " << t.given_up << " given up, " << t.dead
             << " dead, " << t.cancelled << " cancelled; " << t.rounds_lost << " rounds lost, " << t.fills
             << " fills sent, " << t.raises << " raised rows, " << t.late << " late, " << t.gaps
             << " gaps filled, " << t.adopted << " adopted";
}

Tally run_worlds(const Faults& faults, std::size_t pools, std::uint64_t count, bool thief_can_win = true) {
  std::uint64_t first = 1;
  if (const char* seed = std::getenv("CAIRN_SEED")) {
    first = std::strtoull(seed, nullptr, 10);
    count = 1;
  } else if (const char* worlds = std::getenv("CAIRN_WORLDS")) {
    count = std::strtoull(worlds, nullptr, 10);
  }
  Tally sum;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SenderWorld world(seed, faults, pools);
    const bool ok = world.run(600);
    EXPECT_TRUE(ok) << "CAIRN_SEED=" << seed << ": " << world.violation;
    if (!thief_can_win) {
      EXPECT_EQ(world.thief_reward(), 0u) << "CAIRN_SEED=" << seed;
    }
    add(sum, world.tally);
    if (::testing::Test::HasFailure()) break;
  }
  std::cout << sum << "\n";
  return sum;
}

const Faults all_but_lost_memory = {.hurry = 100,
                                    .crash = 60,
                                    .repeat = 60,
                                    .stale = 30,
                                    .rpc_error = 10,
                                    .error_after_send = 100,
                                    .block_in_step = 5,
                                    .reorg = 8,
                                    .drop = 15,
                                    .lazy_block = 200,
                                    .fees = 8,
                                    .no_funds = 1,
                                    .rival = 10};

TEST(SenderWorld, NothingGoesWrong) {
  const Tally t = run_worlds({}, 1, 300, /*thief_can_win=*/false);
  EXPECT_EQ(t.verified + t.given_up, t.verified);
  EXPECT_EQ(t.fills, 0u);
  EXPECT_EQ(t.rounds_lost, 0u);
}

TEST(SenderWorld, CrashesRepeatsAndRpcErrorsChangeNothing) {
  const Tally t = run_worlds(
      {.hurry = 5, .crash = 150, .repeat = 150, .stale = 100, .rpc_error = 30, .error_after_send = 300}, 1,
      300, /*thief_can_win=*/false);
  EXPECT_GT(t.verified, 10 * (t.given_up + t.dead));
}

TEST(SenderWorld, ReorgsDropsFeesAndRivals) { run_worlds(all_but_lost_memory, 1, 700); }

TEST(SenderWorld, TwoPoolsRace) { run_worlds(all_but_lost_memory, 2, 400); }

TEST(SenderWorld, SomebodyElseUsesTheKey) {
  Faults faults = all_but_lost_memory;
  faults.foreign = 8;
  run_worlds(faults, 1, 400);
}

TEST(SenderWorld, CancelledRowsLeaveNoGap) {
  Faults faults = all_but_lost_memory;
  faults.cancel = 4;
  run_worlds(faults, 1, 400);
}

TEST(SenderWorld, TheStoreLosesItsLastSecond) {
  Faults faults = all_but_lost_memory;
  faults.rollback = 8;
  run_worlds(faults, 1, 400);
}

}  // namespace
}  // namespace cairn::sim
