// Sequences that strangers open on the contract: which of them a pool takes, and what it says about the
// others.
#include <gtest/gtest.h>

#include "tests/e2e/support/dice.h"
#include "tests/e2e/support/must.h"
#include "tests/e2e/support/pool.h"

namespace cairn::test {
namespace {

constexpr std::int64_t step_ms = 60'000;

TEST(Follow, WhatPaysTooLittleOrIsCheckedByAnotherIsNotTakenAndExplained) {
  const Dice dice;
  Scene scene;
  const std::string verifier = chain::address_text(scene.deployment().verifier);
  Pool pool({.follow = true,
             .more_chain = "  follow_reward_min_wei: " + tokens(Scene::reward_tokens).decimal() +
                           "\n  follow_verifiers: [\"" + verifier + "\"]\n"},
            scene.prover("pool", 2'000'000));
  const std::vector<std::string> lines = make_sequences(3, "1", dice.seed());
  const std::string good = std::to_string(start_height(lines[0])),
                    poor = std::to_string(start_height(lines[1])),
                    foreign = std::to_string(start_height(lines[2]));
  scene.open({lines[0]});
  scene.open_as(lines[1], must(tokens(Scene::reward_tokens).minus(chain::U256(1))),
                scene.deployment().verifier);
  scene.open_as(lines[2], tokens(100), scene.deployment().token);  // it has code, and verifies nothing
  scene.anvil().mine(2);
  pool.up();

  EXPECT_TRUE(eventually(step_ms, [&] { return pool.cairn({"explain", foreign}).status == 0; }));
  Json told = pool.ask({"explain", poor});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]["state"], "not_taken");
  EXPECT_EQ(told[0]["start_height"], start_height(lines[1]));
  EXPECT_EQ(told[0]["tasks"], Json::array());
  EXPECT_NE(told[0]["facts"]["why"].get<std::string>().find("is below chain.follow_reward_min_wei"),
            std::string::npos)
      << told.dump();
  told = pool.ask({"explain", foreign});
  EXPECT_NE(told[0]["facts"]["why"].get<std::string>().find("is not one of chain.follow_verifiers"),
            std::string::npos)
      << told.dump();
  const Output text = pool.cairn({"explain", poor});
  EXPECT_NE(text.out.find("not_taken"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("is below chain.follow_reward_min_wei"), std::string::npos) << text.out;

  told = pool.ask({"explain", good});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0]["state"], "not_taken");
  EXPECT_EQ(pool.must_status()["sequences"].size(), 1u) << "nothing else is proved";
  const std::string metrics = pool.metrics("ingest-w0");
  EXPECT_NE(metrics.find("cairn_sequences_skipped_total{reason=\"reward\"} 1"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("cairn_sequences_skipped_total{reason=\"verifier\"} 1"), std::string::npos)
      << metrics;
  const Output doctor = pool.cairn({"doctor"});
  EXPECT_NE(doctor.out.find("ok    follower     at block "), std::string::npos) << doctor.out;
  // The follower is no sequence, though it has a height: the lowest, so that it is never behind others.
  EXPECT_EQ(pool.cairn({"cancel", "0"}).status, 3);
  EXPECT_EQ(pool.stop(), 0);

  // It goes on where it was: what is opened meanwhile is taken, and nothing is looked at twice.
  const std::string later = make_sequences(1, "1", dice.seed(), 50)[0];
  scene.open({later});
  scene.anvil().mine(2);
  pool.up();
  EXPECT_TRUE(eventually(step_ms, [&] { return pool.cairn({"explain", "50"}).status == 0; }));
  EXPECT_EQ(pool.must_status()["sequences"].size(), 2u);
  EXPECT_EQ(pool.metrics("ingest-w0").find("cairn_sequences_skipped_total{"), std::string::npos);
  EXPECT_EQ(pool.stop(), 0);
}

}  // namespace
}  // namespace cairn::test
