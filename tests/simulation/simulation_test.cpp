// Replay one world with   bin/cairn-sim --seed N
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "common/log.h"
#include "tests/simulation/run.h"

namespace cairn::sim {
namespace {

struct Simulation : testing::Test {
  static void SetUpTestSuite() { log::start("sim", "", "", log::Level::none); }
};

TEST_F(Simulation, KeepsItsPromisesInTenThousandWorlds) {
  const char* asked = std::getenv("CAIRN_SEEDS");
  const RunResult result = run_worlds(1, asked ? std::strtoull(asked, nullptr, 10) : 10'000, Broken::nothing);
  std::cout << describe(result.tally) << "\n";
  EXPECT_EQ(result.violation, "") << "cairn-sim --seed " << result.seed;
  const RunTally& t = result.tally;
  // Nothing is shown by worlds in which nothing happens.
  for (const std::uint64_t happened : {t.leases_lost, t.stale, t.crashes, t.freezes, t.drains, t.reveals}) {
    EXPECT_GT(happened, t.worlds / 20);
  }
}

TEST_F(Simulation, NoticesAStoreWithoutFences) {
  const RunResult result = run_worlds(1, 1'000, Broken::no_fence);
  EXPECT_NE(result.violation.find("stale fence"), std::string::npos) << result.violation;
}

TEST_F(Simulation, NoticesAnAcknowledgementInTwoSteps) {
  const RunResult result = run_worlds(1, 1'000, Broken::split_ack);
  EXPECT_NE(result.violation, "");
}

TEST_F(Simulation, ReplaysASeedStepByStep) {
  for (const std::uint64_t seed : {3u, 4u}) {
    std::vector<std::string> first, second;
    EXPECT_EQ(replay(seed, Broken::nothing, [&](const std::string& line) { first.push_back(line); }), "");
    EXPECT_EQ(replay(seed, Broken::nothing, [&](const std::string& line) { second.push_back(line); }), "");
    EXPECT_EQ(first, second);
    EXPECT_GT(first.size(), 5u);
  }
}

}  // namespace
}  // namespace cairn::sim
