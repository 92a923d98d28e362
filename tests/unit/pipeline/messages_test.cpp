#include "pipeline/messages.h"

#include <gtest/gtest.h>

#include <random>

#include "common/codec.h"

namespace cairn::pipeline {
namespace {

Outcome full_outcome() {
  Outcome o;
  o.output = {1, 2, 3};
  TaskSpec spec{"g/p/0001", "prove", 7, "g", {9, 9}, 2, Feed{"g/f", 1}, 50, "zkvm"};
  o.emits = {spec, spec};
  o.facts = {{"batches", "3"}};
  o.group_end = "verified";
  return o;
}

Outcome again_outcome() {
  Outcome o;
  o.again = Again{Bytes{4, 5}, 1000, NumberRequest{"nonce/0xab", 3}};
  return o;
}

std::vector<Message> all_messages() {
  Report report{"prove-w0.1@host", "prove", "ipc:///tmp/x", 4, true, {{"g/p/0001", 5, 0.25}}, {}};
  report.results = {Completion{"g/p/0001", 5, full_outcome()}, Completion{"g/h/0", 6, again_outcome()},
                    Failure{"g/p/0002", 7, FailKind::permanent, "bad input"}, HandBack{"g/p/0003", 8}};
  report.capabilities = {"groth16", "zkvm"};
  Orders orders;
  orders.tasks = {Task{"g/p/1", "prove", 10, "g", 3, 2, {1}, {{2}, {}}, 17},
                  Task{"g/p/2", "prove", 10, "", 4, 1, {}, {}, std::nullopt}};
  orders.settled = {{"g/p/0001", 5, Verdict::stale}};
  orders.stops = {{"g/p/0009", 9}};
  orders.last = true;
  Answers answers{4, {{Answer::Kind::duplicate, "g", ""}, {Answer::Kind::rejected, "", "field x"}}};
  return {report, orders, Hint{"split"}, Submit{"ipc:///tmp/y", 4, {{1, 2}, {}}}, answers};
}

TEST(Messages, EncodingIsStableUnderDecoding) {
  for (const Message& message : all_messages()) {
    const Bytes frame = encode(message);
    const auto decoded = decode(frame);
    ASSERT_TRUE(decoded.ok()) << decoded.error().what;
    EXPECT_EQ(decoded->index(), message.index());
    EXPECT_EQ(encode(*decoded), frame) << "a field was lost or changed";
  }
}

TEST(Messages, CarryEveryField) {
  const auto decoded = decode(encode(all_messages()[0]));
  const Report& r = std::get<Report>(*decoded);
  EXPECT_EQ(r.worker, "prove-w0.1@host");
  EXPECT_TRUE(r.draining);
  EXPECT_EQ(r.running[0].progress, 0.25);
  EXPECT_EQ(r.capabilities, (std::vector<Capability>{"groth16", "zkvm"}));
  const Completion& done = std::get<Completion>(r.results[0]);
  EXPECT_EQ(done.outcome.emits[1], full_outcome().emits[1]);
  EXPECT_EQ(done.outcome.facts, full_outcome().facts);
  EXPECT_EQ(done.outcome.group_end, "verified");
  const Completion& again = std::get<Completion>(r.results[1]);
  EXPECT_EQ(again.outcome.again->payload, (Bytes{4, 5}));
  EXPECT_EQ(again.outcome.again->number->floor, 3u);
  EXPECT_EQ(std::get<Failure>(r.results[2]).kind, FailKind::permanent);
}

TEST(Messages, EveryTruncationIsRefused) {
  for (const Message& message : all_messages()) {
    const Bytes frame = encode(message);
    for (std::size_t n = 0; n < frame.size(); ++n) {
      EXPECT_FALSE(decode(ByteView(frame).first(n)).ok()) << n;
    }
    Bytes longer = frame;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer).ok());
  }
}

TEST(Messages, RandomDamageNeverCrashes) {
  std::mt19937 random(1);
  for (const Message& message : all_messages()) {
    const Bytes frame = encode(message);
    for (int i = 0; i < 2000; ++i) {
      Bytes damaged = frame;
      for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
      const auto decoded = decode(damaged);
      if (decoded.ok()) {
        EXPECT_TRUE(decode(encode(*decoded)).ok());
      }
    }
  }
}

Bytes frame_of(std::uint64_t schema, std::uint64_t kind) {
  codec::Writer w;
  w.array(3).u64(schema).u64(kind).array(1).str("prove");
  return w.take();
}

TEST(Messages, AnotherSchemaVersionIsNamed) {
  EXPECT_TRUE(decode(frame_of(kWireSchema, 3)).ok());
  const auto wrong = decode(frame_of(kWireSchema + 1, 3));
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().what.find("schema version"), std::string::npos);
  EXPECT_FALSE(decode(frame_of(kWireSchema, 0)).ok());
  EXPECT_FALSE(decode(frame_of(kWireSchema, 6)).ok());
}

TEST(Messages, HeightsAboveTheScoreRangeAreRefused) {
  Orders orders;
  orders.tasks = {Task{"g/p/1", "prove", limits::height_max + 1, "", 1, 1, {}, {}, std::nullopt}};
  EXPECT_FALSE(decode(encode(orders)).ok());
}

TEST(Messages, IdsAreChecked) {
  Orders orders;
  orders.stops = {{"UPPER", 1}};
  EXPECT_FALSE(decode(encode(orders)).ok());
  orders.stops = {{"a\nb", 1}};
  EXPECT_FALSE(decode(encode(orders)).ok());
}

}  // namespace
}  // namespace cairn::pipeline
