#include "stages/payload.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

#include "stages/stages.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/tree_backend.h"

namespace cairn::stages {
namespace {

const SplitPayload split = {"tree", "labels", 63, R"({"batch":1,"segments":2})", {"g/f", 1023}};
const ProvePayload prove = {"tree", "labels", copy("segment")};
const AggregatePayload join = {"tree", "labels", std::nullopt};
const AggregatePayload last = {"tree", "labels", FinalProof{samples::digest(1), samples::digest(2)}};
const FollowPayload follow = {UINT64_MAX, 3, 1000, 7};

TEST(Payload, DecodesWhatItEncodes) {
  EXPECT_EQ(*decode_split(encode(split)), split);
  EXPECT_EQ(*decode_prove(encode(prove)), prove);
  EXPECT_EQ(*decode_aggregate(encode(join)), join);
  EXPECT_EQ(*decode_aggregate(encode(last)), last);
  EXPECT_EQ(*decode_follow(encode(follow)), follow);
}

/// What each stage is asked to take, by stage.
std::vector<std::pair<std::string, Bytes>> honest() {
  return {{"ingest", encode(samples::submission(2))},
          {"ingest", encode(follow)},
          {"split", encode(split)},
          {"prove", encode(prove)},
          {"aggregate", encode(join)},
          {"aggregate", encode(last)}};
}

class Hostile : public ::testing::Test {
 protected:
  /// The error of the stage; nullopt when it took the payload.
  std::optional<Error> error_of(const std::string& name, const Bytes& payload) {
    Services services;
    services.catalog = &samples::catalog;
    services.backends = &backends_;
    auto stage = make_stage(name, services);
    EXPECT_TRUE(stage.ok());
    pipeline::Task task;
    task.id = "g/x";
    task.group = "g";
    task.stage = name;
    task.payload = payload;
    task.inputs = {copy("left"), copy("right")};
    samples::Watch watch;
    const auto outcome = stage->process(task, watch);
    if (outcome.ok()) return std::nullopt;
    return outcome.error();
  }

  samples::TreeBackend backend_;
  Backends backends_ = {{"tree", &backend_}};
};

TEST_F(Hostile, TruncatedOrExtendedPayloadIsCorrupt) {
  for (const auto& [stage, whole] : honest()) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto error =
          error_of(stage, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
      ASSERT_TRUE(error.has_value()) << stage << " " << length;
      EXPECT_EQ(error->code, Code::corrupt) << stage << " " << length;
    }
    Bytes longer = whole;
    longer.push_back(0xc0);
    EXPECT_EQ(error_of(stage, longer)->code, Code::corrupt) << stage;
  }
}

TEST_F(Hostile, PayloadOfAnotherStageIsCorrupt) {
  for (const auto& [stage, own] : honest()) {
    for (const auto& [other, payload] : honest()) {
      if (stage == other) continue;
      EXPECT_EQ(error_of(stage, payload)->code, Code::corrupt) << stage << " took " << other;
    }
  }
}

TEST_F(Hostile, FieldBeyondItsLimitIsCorrupt) {
  std::vector<SplitPayload> splits(6, split);
  splits[0].backend = std::string(name_bytes_max + 1, 'b');
  splits[1].program = std::string(name_bytes_max + 1, 'p');
  splits[2].batch = limits::batches_max;
  splits[3].input = std::string(limits::json_line_bytes_max + 1, ' ');
  splits[4].feed.task = "Not An Id";
  splits[5].feed.slot = limits::inputs_max;
  for (const SplitPayload& payload : splits) {
    EXPECT_EQ(error_of("split", encode(payload))->code, Code::corrupt);
  }
  ProvePayload large = prove;
  large.segment = Bytes(segment_bytes_max + 1);
  EXPECT_EQ(error_of("prove", encode(large))->code, Code::corrupt);
  codec::Writer w;
  w.array(4).str("aggregate").str("tree").str("labels").array(2).bin(Bytes(31)).bin(Bytes(32));
  EXPECT_EQ(error_of("aggregate", w.take())->code, Code::corrupt);
}

TEST_F(Hostile, FlippedBitsAndNoiseNeverCrash) {
  std::mt19937_64 random(7);
  for (const auto& [stage, whole] : honest()) {
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      Bytes flipped = whole;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << bit % 8));
      (void)error_of(stage, flipped);
    }
    for (int round = 0; round < 2000; ++round) {
      Bytes noise(random() % 64);
      for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
      EXPECT_TRUE(error_of(stage, noise).has_value());
    }
  }
}

}  // namespace
}  // namespace cairn::stages
