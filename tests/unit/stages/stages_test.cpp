#include "stages/stages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/task.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/scripted_chain.h"

namespace cairn::stages {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Stages, AreSevenInTheOrderOfThePipeline) {
  std::vector<std::string_view> names;
  for (const StageRow& row : all_stages()) names.push_back(row.name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"ingest", "split", "prove", "aggregate", "hash_commit",
                                                  "reveal", "resend"}));
}

TEST(Stages, HaveValidNamesAndWakeOnlyStagesThatExist) {
  for (const StageRow& row : all_stages()) {
    EXPECT_TRUE(pipeline::valid_stage(row.name)) << row.name;
    for (const std::string_view next : row.wakes) {
      EXPECT_TRUE(std::any_of(all_stages().begin(), all_stages().end(), [&](const StageRow& other) {
        return other.name == next;
      })) << next;
    }
  }
}

TEST(Stages, MissingServiceIsNamed) {
  for (const StageRow& row : all_stages()) {
    const auto stage = make_stage(row.name, Services{});
    ASSERT_FALSE(stage.ok()) << row.name;
    EXPECT_EQ(stage.error().code, Code::invalid_input);
    EXPECT_THAT(stage.error().what, HasSubstr("stage " + std::string(row.name) + " needs "));
  }
  EXPECT_THAT(make_stage("ingest", Services{}).error().what, HasSubstr("a catalog"));
  EXPECT_THAT(make_stage("prove", Services{}).error().what, HasSubstr("prover backends"));
  EXPECT_THAT(make_stage("reveal", Services{}).error().what, HasSubstr("a chain"));
  samples::ScriptedChain chain;
  Services keyless;
  keyless.chain = &chain;
  EXPECT_THAT(make_stage("reveal", keyless).error().what, HasSubstr("a signing key"));
}

TEST(Stages, OnlyNeedWhatTheySay) {
  const Backends backends;
  Services services;
  services.catalog = &samples::catalog;
  EXPECT_TRUE(make_stage("ingest", services).ok());
  services = {};
  services.backends = &backends;
  for (const std::string_view name : {"split", "prove", "aggregate"}) {
    const auto stage = make_stage(name, services);
    ASSERT_TRUE(stage.ok()) << stage.error().what;
    EXPECT_EQ(stage->name, name);
  }
}

TEST(Stages, ThatComputeOfferTheBackendsOfTheirProcess) {
  const Backends backends = {{"groth16", nullptr}, {"zkvm", nullptr}};
  Services services;
  for (const StageRow& row : all_stages()) EXPECT_THAT(capabilities(row, services), IsEmpty()) << row.name;
  services.backends = &backends;
  for (const StageRow& row : all_stages()) {
    if (needs(row, Service::backends)) {
      EXPECT_THAT(capabilities(row, services), ElementsAre("groth16", "zkvm")) << row.name;
    } else {
      EXPECT_THAT(capabilities(row, services), IsEmpty()) << row.name;
    }
  }
}

/// What the sender's states say about who takes a row next.
TEST(Stages, OfTheSenderWakeEachOther) {
  const auto row = std::find_if(all_stages().begin(), all_stages().end(),
                                [](const StageRow& r) { return r.name == "resend"; });
  for (std::size_t i = 0; i < chain::sender::state_count; ++i) {
    const auto desk = chain::sender::desk(static_cast<chain::sender::State>(i));
    EXPECT_TRUE(desk == "resend" || std::count(row->wakes.begin(), row->wakes.end(), desk)) << desk;
  }
}

TEST(Stages, UnknownStageListsTheKnownOnes) {
  const auto stage = make_stage("proof", Services{});
  ASSERT_FALSE(stage.ok());
  EXPECT_EQ(stage.error().code, Code::not_found);
  EXPECT_THAT(stage.error().what, HasSubstr("no stage \"proof\"; there is: ingest, split, prove"));
}

}  // namespace
}  // namespace cairn::stages
