// What completions do: emits, fan-in along feeds, Again, numbers, facts.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

TEST_P(StoreTest, ACompletionIsTakenOnceAndARepetitionIsADuplicate) {
  enqueue({spec("a")});
  const Task task = lease_one();
  EXPECT_EQ(complete(task, emitting({spec("b", 2, "aggregate")})), Verdict::ok);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(complete(task, emitting({spec("c", 2, "aggregate")})), Verdict::duplicate);
  }
  EXPECT_EQ(store().task("c").error().code, Code::not_found);
  EXPECT_EQ(state("a"), TaskState::done);
  EXPECT_EQ(counts().done_total, 1u);
  EXPECT_EQ(counts().stale_total, 0u);
}

TEST_P(StoreTest, EmitsAreEnqueuedAndTheirStagesWoken) {
  enqueue({spec("a")});
  TaskSpec later = spec("later", 1, "reveal");
  later.delay_ms = 100;
  const auto reply =
      exchange({{"a", lease_one().fence,
                 emitting({spec("x", 1, "split"), spec("y", 1, "aggregate"), spec("z", 1, "split"), later,
                           waiting_for(spec("w", 1, "hash_commit"), 1), spec("own", 0)})}},
               0);
  EXPECT_EQ(reply.woken, (std::vector<std::string>{"aggregate", "split"}))
      << "each once, not its own, and only where work is ready";
  EXPECT_EQ(ids(lease(9, "split")), (std::vector<TaskId>{"x", "z"}));
  EXPECT_EQ(ids(lease()), std::vector<TaskId>{"own"});
}

TEST_P(StoreTest, WhatACompletionEmitsIsLeasedInTheSameExchange) {
  enqueue({spec("a", 5), spec("b", 9)});
  const Task a = lease(1).at(0);
  const auto reply = exchange({{"a", a.fence, emitting({spec("next", 6)})}}, 1);
  EXPECT_EQ(ids(reply.leased), std::vector<TaskId>{"next"});
}

TEST_P(StoreTest, EmitsOfKnownIdsChangeNothing) {
  enqueue({spec("a"), spec("known", 7)});
  complete(lease(1).at(0), emitting({spec("known", 99), spec("new", 8), spec("new", 55)}));
  EXPECT_EQ(record("known").height, 7u);
  EXPECT_EQ(record("new").height, 8u);
  EXPECT_EQ(counts().duplicates_total, 0u) << "only submissions from outside are counted";
}

TEST_P(StoreTest, AFanInIsReadyWhenTheLastInputArrives) {
  enqueue({waiting_for(spec("join", 1, "aggregate"), 3), feeding(spec("p0"), "join", 0),
           feeding(spec("p1"), "join", 1), feeding(spec("p2"), "join", 2)});
  auto parts = lease();
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(record("join").waits_on, 3u);
  EXPECT_TRUE(exchange({{"p2", parts[2].fence, with_output("two")}}, 0).woken.empty());
  complete(parts[0], with_output(""));
  EXPECT_EQ(record("join").waits_on, 1u);
  EXPECT_EQ(counts("aggregate").waiting, 1u);
  EXPECT_TRUE(lease(1, "aggregate").empty());
  EXPECT_EQ(exchange({{"p1", parts[1].fence, with_output("one")}}, 0).woken,
            std::vector<std::string>{"aggregate"});
  const Task join = lease_one("aggregate");
  EXPECT_EQ(join.inputs, (std::vector<Bytes>{{}, bytes_of("one"), bytes_of("two")})) << "by slot";
  EXPECT_EQ(bytes(), 6u);
  complete(join);
  EXPECT_EQ(bytes(), 0u) << "inputs are released";
}

TEST_P(StoreTest, LargeInputsArriveWhole) {
  enqueue({waiting_for(spec("join", 1, "aggregate"), 2), feeding(spec("p0"), "join", 0),
           feeding(spec("p1", 2), "join", 1)});
  Outcome big;
  big.output = large(9);
  for (const Task& part : lease()) complete(part, big);
  EXPECT_EQ(bytes(), large(9).size()) << "the same bytes are kept once";
  const Task join = lease_one("aggregate");
  EXPECT_EQ(join.inputs, (std::vector<Bytes>{large(9), large(9)}));
  complete(join);
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, AFanInMayBeEmittedWithItsFeeders) {
  enqueue({spec("root")});
  complete(lease_one(), emitting({feeding(spec("p"), "join", 0), waiting_for(spec("join"), 1)}));
  complete(lease_one(), with_output("x"));
  EXPECT_EQ(lease_one().inputs, std::vector<Bytes>{bytes_of("x")});
}

TEST_P(StoreTest, AFanInOfFanIns) {
  enqueue({waiting_for(spec("top"), 2), feeding(waiting_for(spec("left"), 1), "top", 0),
           feeding(waiting_for(spec("right"), 1), "top", 1), feeding(spec("l"), "left", 0),
           feeding(spec("r"), "right", 0)});
  for (const Task& leaf : lease()) complete(leaf, with_output(leaf.id));
  for (const Task& node : lease()) {
    complete(node, with_output(node.id + std::string(text(node.inputs.at(0)))));
  }
  EXPECT_EQ(lease_one().inputs, (std::vector<Bytes>{bytes_of("leftl"), bytes_of("rightr")}));
}

TEST_P(StoreTest, AnInputThatIsThereIsNotReplaced) {
  enqueue({waiting_for(spec("join", 9), 2), feeding(spec("a", 1), "join", 0),
           feeding(spec("b", 2), "join", 0), feeding(spec("c", 3), "join", 1)});
  for (const Task& part : lease()) complete(part, with_output(part.id));
  EXPECT_EQ(lease_one().inputs, (std::vector<Bytes>{bytes_of("a"), bytes_of("c")}));
}

TEST_P(StoreTest, AFeedIntoNothingIsHarmless) {
  enqueue({feeding(spec("a"), "nobody", 0)});
  EXPECT_EQ(complete(lease_one(), with_output("x")), Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::done);
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, AFeedIntoASlotThatIsNotThereIsDead) {
  enqueue({waiting_for(spec("join"), 2), feeding(spec("a"), "join", 2)});
  EXPECT_EQ(complete(lease_one(), with_output("x")), Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::dead);
  EXPECT_EQ(record("a").reason, "feeds slot 2 of join, which has 2 inputs");
}

TEST_P(StoreTest, AFanInWithADelayWaitsForBoth) {
  TaskSpec join = waiting_for(spec("join"), 1);
  join.delay_ms = 100;
  enqueue({join, feeding(spec("p"), "join", 0)});
  complete(lease_one());
  EXPECT_EQ(state("join"), TaskState::delayed);
  advance(100);
  EXPECT_EQ(lease_one().id, "join");
}

TEST_P(StoreTest, AgainKeepsTheTaskWithItsNewPayloadAndInputs) {
  enqueue({with_payload(waiting_for(spec("a"), 1), bytes_of("first")), feeding(spec("p"), "a", 0)});
  complete(lease_one(), with_output("in"));
  const Task one = lease_one();
  EXPECT_EQ(complete(one, once_more({.payload = bytes_of("second"), .delay_ms = 50, .number = {}})),
            Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::delayed);
  EXPECT_EQ(bytes(), 8u);
  advance(50);
  const Task two = lease_one();
  EXPECT_GT(two.fence, one.fence);
  EXPECT_EQ(two.payload, bytes_of("second"));
  EXPECT_EQ(two.inputs, std::vector<Bytes>{bytes_of("in")});
  EXPECT_EQ(complete(two, once_more({})), Verdict::ok);
  EXPECT_EQ(lease_one().payload, bytes_of("second")) << "no payload given: the present one stays";
  EXPECT_EQ(counts().done_total, 1u) << "p";
}

TEST_P(StoreTest, AgainMayGrowThePayloadIntoABlobAndBack) {
  enqueue({with_payload(spec("a"), bytes_of("small"))});
  for (const Bytes& payload : {large(1), Bytes(600, 2), Bytes{}, large(3), bytes_of("tiny")}) {
    complete(lease_one(), once_more({.payload = payload, .delay_ms = 0, .number = {}}));
    EXPECT_EQ(bytes(), payload.size());
    const Task task = lease_one();
    EXPECT_EQ(task.payload, payload);
    hand_back(task);
  }
}

TEST_P(StoreTest, AgainResetsTheBudgets) {
  enqueue({spec("a")});
  for (int i = 0; i < 5; ++i) {
    fail(lease_one());
    advance(100);
    const Task task = lease_one();
    EXPECT_EQ(task.attempt, 2u);
    complete(task, once_more({}));
    EXPECT_EQ(record("a").attempts, 0u);
  }
}

TEST_P(StoreTest, ARepeatedAgainIsADuplicateUntilTheNextCompletion) {
  enqueue({spec("a")});
  const Task one = lease_one();
  const Outcome again = once_more({.payload = bytes_of("p"), .delay_ms = 0, .number = NumberRequest{"n", 0}});
  EXPECT_EQ(complete(one, again), Verdict::ok);
  EXPECT_EQ(complete(one, again), Verdict::duplicate);
  const Task two = lease_one();
  EXPECT_EQ(two.number, 0u);
  EXPECT_EQ(complete(one, again), Verdict::duplicate) << "also while another holds it";
  EXPECT_EQ(complete(two, again), Verdict::ok);
  EXPECT_EQ(complete(one, again), Verdict::stale);
  EXPECT_EQ(lease_one().number, 1u) << "duplicates were granted nothing";
}

TEST_P(StoreTest, NumbersAreGrantedOnceAndNeverBelowTheFloor) {
  enqueue({spec("a"), spec("b", 2), spec("c", 3)});
  const auto ask = [&](const std::string& counter, std::uint64_t floor) {
    const Task task = lease(1).at(0);
    complete(task, once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{counter, floor}}));
    const Task granted = lease(1).at(0);
    hand_back(granted);
    return granted.number;
  };
  EXPECT_EQ(ask("nonce/0xAbC", 7), 7u);
  EXPECT_EQ(ask("nonce/0xAbC", 0), 8u);
  EXPECT_EQ(ask("nonce/0xAbC", 20), 20u);
  EXPECT_EQ(ask("nonce/0xAbC", 20), 21u);
  EXPECT_EQ(ask("another", 0), 0u);
  EXPECT_EQ(ask("high", limits::height_max - 1), limits::height_max - 1);
}

TEST_P(StoreTest, ANumberStaysUntilAnotherIsAskedFor) {
  enqueue({spec("a")});
  const Again ask{.payload = {}, .delay_ms = 0, .number = NumberRequest{"n", 5}};
  complete(lease_one(), once_more(ask));
  complete(lease_one(), once_more({}));
  fail(lease_one());
  advance(100);
  Task task = lease_one();
  EXPECT_EQ(task.number, 5u);
  complete(task, once_more(ask));
  EXPECT_EQ(lease_one().number, 6u);
}

TEST_P(StoreTest, TwoTasksInOneExchangeGetDifferentNumbers) {
  enqueue({spec("a"), spec("b", 2)});
  const auto leased = lease();
  const Outcome ask = once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{"n", 3}});
  exchange({{"a", leased.at(0).fence, ask}, {"b", leased.at(1).fence, ask}}, 0);
  const auto again = lease();
  EXPECT_EQ(again.at(0).number, 3u);
  EXPECT_EQ(again.at(1).number, 4u);
}

TEST_P(StoreTest, CompletionsOfOneExchangeApplyInOrder) {
  enqueue({waiting_for(spec("join", 1, "aggregate"), 2), feeding(spec("a"), "join", 0),
           feeding(spec("b", 2), "join", 1)});
  const auto leased = lease();
  const auto reply = exchange({{"a", leased.at(0).fence, with_output("1")},
                               {"a", leased.at(0).fence, with_output("2")},
                               {"b", leased.at(1).fence, with_output("3")},
                               {"b", 12345, {}}},
                              0);
  EXPECT_EQ(reply.verdicts,
            (std::vector<Verdict>{Verdict::ok, Verdict::duplicate, Verdict::ok, Verdict::stale}));
  EXPECT_EQ(lease_one("aggregate").inputs, (std::vector<Bytes>{bytes_of("1"), bytes_of("3")}));
}

TEST_P(StoreTest, PayloadsAreReleasedWhenDone) {
  enqueue({with_payload(spec("a"), Bytes(100, 1)), with_payload(spec("b", 2), large(2)),
           with_payload(spec("c", 3), Bytes(5000, 3))});
  EXPECT_EQ(bytes(), 5100 + large(2).size());
  for (const Task& t : lease()) complete(t);
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, BadOutcomesAreRefusedWithTheirField) {
  enqueue({spec("a")});
  const Task task = lease_one();
  std::vector<std::pair<Outcome, std::string>> bad;
  Outcome o = once_more({});
  o.output = bytes_of("x");
  bad.emplace_back(o, "output");
  o = once_more({});
  o.group_end = "verified";
  bad.emplace_back(o, "group_end");
  for (const char* status : {"running", "stalled", "No Good"}) bad.emplace_back(ending(status), "group_end");
  bad.emplace_back(once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{"", 0}}), "counter");
  bad.emplace_back(
      once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{"n", limits::height_max}}), "floor");
  bad.emplace_back(once_more({.payload = {}, .delay_ms = limits::delay_ms_max + 1, .number = {}}),
                   "delay_ms");
  bad.emplace_back(emitting({spec("b"), spec("C")}), "emits");
  o = {};
  o.facts = {{"", "x"}};
  bad.emplace_back(o, "facts");
  o.facts = {{"n", std::string(limits::fact_value_bytes_max + 1, 'x')}};
  bad.emplace_back(o, "facts");
  o.facts.assign(limits::facts_max + 1, {"n", "v"});
  bad.emplace_back(o, "facts");
  for (const auto& [outcome, field] : bad) {
    const auto reply = store().exchange({"prove", "w", {{"a", task.fence, outcome}}, 0});
    ASSERT_FALSE(reply.ok()) << field;
    EXPECT_EQ(reply.error().code, Code::invalid_input);
    EXPECT_NE(reply.error().what.find(field), std::string::npos) << reply.error().what;
  }
  EXPECT_EQ(state("a"), TaskState::leased) << "nothing changed";
  EXPECT_FALSE(store().task("b").ok());
}

}  // namespace
}  // namespace cairn::pipeline
