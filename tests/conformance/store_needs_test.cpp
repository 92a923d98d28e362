// What tasks need and workers have: who is leased what, and what is counted of the rest.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

TEST_P(StoreTest, AWorkerIsLeasedOnlyWhatItCanDoLowestFirst) {
  enqueue({needing(spec("gpu/1", 1), "gpu"), spec("any/2", 2), needing(spec("zkvm/3", 3), "zkvm"),
           needing(spec("gpu/4", 4), "gpu"), spec("any/4", 4)});
  EXPECT_EQ(lease_with({}, 1), std::vector<TaskId>{"any/2"}) << "it passes over what it cannot do";
  EXPECT_EQ(lease_with({"zkvm"}), (std::vector<TaskId>{"zkvm/3", "any/4"}));
  EXPECT_EQ(lease_with({"other"}), std::vector<TaskId>());
  EXPECT_EQ(lease_with({"zkvm", "gpu"}), (std::vector<TaskId>{"gpu/1", "gpu/4"}));
}

TEST_P(StoreTest, WorkersOfDifferentCapabilitiesShareOneCall) {
  enqueue({needing(spec("b/1", 1), "b"), needing(spec("a/2", 2), "a"), spec("any/3", 3),
           needing(spec("b/4", 4), "b"), needing(spec("a/5", 5), "a"), needing(spec("c/6", 6), "c")});
  const auto replies = store().exchange_all({{"prove", "has a", {}, 2, {"a"}},
                                             {"prove", "has none", {}, 2},
                                             {"prove", "has both", {}, 2, {"b", "a"}}});
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(ids(replies[0]->leased), (std::vector<TaskId>{"a/2", "any/3"}));
  EXPECT_EQ(ids(replies[1]->leased), std::vector<TaskId>());
  EXPECT_EQ(ids(replies[2]->leased), (std::vector<TaskId>{"b/1", "b/4"}));
  EXPECT_EQ(lease_with({"a", "c"}), (std::vector<TaskId>{"a/5", "c/6"}));
}

TEST_P(StoreTest, WhatATaskNeedsStaysWithItOnEveryWay) {
  TaskSpec late = needing(spec("late"), "gpu");
  late.delay_ms = 100;
  enqueue({needing(waiting_for(spec("join"), 1), "gpu"), late, feeding(spec("part"), "join", 0),
           needing(spec("lost"), "gpu"), needing(spec("dead"), "gpu")});
  auto leased = store().exchange({"prove", "w", {}, 9, {"gpu"}})->leased;
  ASSERT_EQ(ids(leased), (std::vector<TaskId>{"dead", "lost", "part"}));
  fail(leased[0], FailKind::permanent);
  ASSERT_TRUE(store().replay("dead").ok());
  complete(leased[2], emitting({needing(spec("emitted", 1), "gpu")}));
  EXPECT_EQ(lease_with({}), std::vector<TaskId>()) << "fed, emitted and replayed";
  advance(kRules.lease_ms);
  EXPECT_EQ(lease_with({}), std::vector<TaskId>()) << "promoted and reaped";
  EXPECT_EQ(lease_with({"gpu"}, 4), (std::vector<TaskId>{"dead", "emitted", "join", "late"}));
  leased = store().exchange({"prove", "w", {}, 9, {"gpu"}})->leased;
  ASSERT_EQ(ids(leased), std::vector<TaskId>{"lost"});
  hand_back(leased[0]);
  EXPECT_EQ(lease_with({}), std::vector<TaskId>()) << "handed back";
  EXPECT_EQ(record("lost").needs, "gpu");
  EXPECT_EQ(record("part").needs, "");
}

TEST_P(StoreTest, CountsSayWhatReadyTasksNeed) {
  enqueue({needing(spec("b/1", 7), "b"), needing(spec("b/2", 8), "b"), spec("any", 9),
           needing(spec("a/1", 5), "a"), needing(waiting_for(spec("waits", 1), 1), "c")});
  EXPECT_EQ(counts().ready, 4u);
  EXPECT_EQ(counts().ready_by_need, (std::map<Capability, std::uint64_t>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(counts().lowest_height, 5u);
  advance(3);
  EXPECT_EQ(counts().oldest_ready_ms, 3u);
  EXPECT_EQ(lease_with({"a", "b"}, 1), std::vector<TaskId>{"a/1"});
  EXPECT_EQ(counts().ready_by_need, (std::map<Capability, std::uint64_t>{{"b", 2}}));
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  enqueue({needing(spec("a/2", 6), "a")});
  EXPECT_EQ(counts().ready_by_need, (std::map<Capability, std::uint64_t>{{"a", 1}, {"b", 2}}))
      << "a need that was forgotten comes back";
  EXPECT_EQ(counts("split").ready_by_need, (std::map<Capability, std::uint64_t>()));
}

TEST_P(StoreTest, CapabilitiesThatAreNoneAreRefused) {
  const auto refused = [&](std::vector<Capability> capabilities) {
    const auto reply = store().exchange({"prove", "w", {}, 1, std::move(capabilities)});
    return !reply.ok() && reply.error().code == Code::invalid_input;
  };
  EXPECT_TRUE(refused({""}));
  EXPECT_TRUE(refused({"a b"}));
  EXPECT_TRUE(refused({"a:b"}));
  EXPECT_TRUE(refused({std::string(limits::capability_bytes_max + 1, 'a')}));
  EXPECT_TRUE(refused(std::vector<Capability>(limits::capabilities_max + 1, "a")));
  EXPECT_FALSE(refused({std::string(limits::capability_bytes_max, 'a'), "Groth16_v2.1-x"}));
}

}  // namespace
}  // namespace cairn::pipeline
