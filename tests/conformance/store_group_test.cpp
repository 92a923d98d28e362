// The life of a group: begin, facts, stall, end, cancel, and being forgotten.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

TEST_P(StoreTest, AGroupBeginsWithItsFirstTask) {
  EXPECT_EQ(store().group("g").error().code, Code::not_found);
  EXPECT_EQ(store().group_tasks("g", 9).error().code, Code::not_found);
  enqueue({in_group(spec("a", 7), "g")});
  advance(10);
  enqueue({in_group(spec("b", 3), "g")});
  const GroupRecord g = group("g");
  EXPECT_EQ(g.id, "g");
  EXPECT_EQ(g.height, 7u) << "of its first task";
  EXPECT_EQ(g.state, "running");
  EXPECT_EQ(g.begun_ms + 10, harness_->now_ms());
  EXPECT_EQ(g.ended_ms, 0u);
  EXPECT_TRUE(g.facts.empty());
}

TEST_P(StoreTest, ARefusedTaskBeginsNoGroup) {
  StoreRules rules = kRules;
  rules.depth_max = 0;
  use(rules);
  EXPECT_EQ(enqueue({in_group(spec("a"), "g")}), std::vector<Admission>{Admission::backpressure});
  EXPECT_FALSE(store().group("g").ok());
}

TEST_P(StoreTest, TheLastFactWins) {
  enqueue({in_group(spec("a"), "g"), in_group(spec("b", 2), "g"), spec("alone", 3)});
  const auto leased = lease();
  Outcome o;
  o.facts = {{"tx", "0x1"}, {"gas", "5"}, {"tx", "0x2"}};
  complete(leased.at(0), o);
  o.facts = {{"gas", "6"}, {std::string("nul\0in", 6), "ü\n"}};
  complete(leased.at(1), o);
  complete(leased.at(2), o);
  EXPECT_EQ(group("g").facts, (std::map<std::string, std::string>{
                                  {"tx", "0x2"}, {"gas", "6"}, {std::string("nul\0in", 6), "ü\n"}}));
}

TEST_P(StoreTest, FactsOfAGroupAreBounded) {
  enqueue({in_group(spec("a"), "g")});
  for (std::size_t n = 0; n < limits::group_facts_max + 100; n += 50) {
    Outcome o = once_more({});
    for (std::size_t i = n; i < n + 50; ++i) o.facts.emplace_back("f" + std::to_string(i), "x");
    complete(lease_one(), o);
  }
  EXPECT_EQ(group("g").facts.size(), limits::group_facts_max);
  Outcome o = once_more({});
  o.facts = {{"f0", "changed"}, {"one-more", "x"}};
  complete(lease_one(), o);
  EXPECT_EQ(group("g").facts.at("f0"), "changed");
  EXPECT_EQ(group("g").facts.size(), limits::group_facts_max);
}

TEST_P(StoreTest, AGroupWithADeadTaskIsStalledUntilItIsReplayed) {
  enqueue({in_group(spec("a"), "g"), in_group(spec("b", 2), "g")});
  for (const Task& t : lease()) fail(t, FailKind::permanent);
  EXPECT_EQ(group("g").state, "stalled");
  ASSERT_TRUE(store().replay("a").ok());
  EXPECT_EQ(group("g").state, "stalled") << "b is dead still";
  ASSERT_TRUE(store().replay("b").ok());
  EXPECT_EQ(group("g").state, "running");
}

TEST_P(StoreTest, AnOutcomeEndsTheGroupAndWhatIsLeftOfIt) {
  enqueue({in_group(with_payload(spec("first"), bytes_of("kept")), "g"),
           in_group(with_payload(spec("pending", 9), bytes_of("x")), "g"),
           in_group(spec("running", 2), "g")});
  const auto leased = lease(2);
  advance(5);
  EXPECT_EQ(complete(leased.at(0), ending("verified")), Verdict::ok);
  EXPECT_EQ(group("g").state, "verified");
  EXPECT_EQ(group("g").ended_ms, harness_->now_ms());
  EXPECT_EQ(state("first"), TaskState::done);
  EXPECT_EQ(state("pending"), TaskState::cancelled);
  EXPECT_EQ(state("running"), TaskState::cancelled);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(complete(leased.at(1), emitting({in_group(spec("more"), "g")})), Verdict::stale);
  EXPECT_EQ(complete(leased.at(0), ending("verified")), Verdict::duplicate) << "the lost reply";
  EXPECT_EQ(bytes(), 0u) << "the first payload was kept until now";
  EXPECT_EQ(counts().ready + counts().leased, 0u);
}

TEST_P(StoreTest, TheFirstPayloadIsKeptUntilTheGroupEnds) {
  enqueue({in_group(with_payload(spec("first"), bytes_of("kept")), "g")});
  complete(lease_one(), emitting({in_group(with_payload(spec("next"), bytes_of("gone")), "g")}));
  complete(lease_one());
  EXPECT_EQ(bytes(), 4u);
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, CancelTakesPendingWorkAndFences) {
  TaskSpec delayed = in_group(spec("delayed"), "g");
  delayed.delay_ms = 100;
  enqueue({in_group(spec("done"), "g"), in_group(spec("leased", 2), "g"), in_group(spec("dead", 3), "g"),
           in_group(spec("ready", 4), "g"), delayed, in_group(waiting_for(spec("waiting"), 1), "g"),
           spec("other", 9)});
  const auto leased = lease(3);
  complete(leased.at(0));
  fail(leased.at(2), FailKind::permanent);
  EXPECT_EQ(store().cancel("nobody").error().code, Code::not_found);
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(store().cancel("g").error().code, Code::conflict);
  EXPECT_EQ(group("g").state, "cancelled");
  EXPECT_EQ(renew(leased.at(1)), Verdict::stale);
  EXPECT_EQ(fail(leased.at(1)), Verdict::stale);
  EXPECT_EQ(hand_back(leased.at(1)), Verdict::stale);
  EXPECT_EQ(complete(leased.at(1)), Verdict::stale);
  EXPECT_EQ(store().replay("dead").error().code, Code::not_found);
  EXPECT_EQ(state("done"), TaskState::done) << "any but done";
  for (const char* id : {"leased", "dead", "ready", "delayed", "waiting"}) {
    EXPECT_EQ(state(id), TaskState::cancelled) << id;
  }
  const StageCounts c = counts();
  EXPECT_EQ(c.waiting + c.delayed + c.leased + c.dead, 0u);
  EXPECT_EQ(c.ready, 1u);
  advance(1000);
  EXPECT_EQ(ids(lease()), std::vector<TaskId>{"other"});
  EXPECT_TRUE(store().dead("", 9)->empty());
}

TEST_P(StoreTest, ACancelledFeederFeedsNobody) {
  enqueue({waiting_for(spec("join"), 1), in_group(feeding(spec("p"), "join", 0), "g")});
  const Task p = lease_one();
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(complete(p, with_output("x")), Verdict::stale);
  EXPECT_EQ(state("join"), TaskState::waiting);
}

TEST_P(StoreTest, AnInputForACancelledTaskIsDropped) {
  enqueue({in_group(waiting_for(spec("join"), 1), "g"), feeding(spec("p"), "join", 0)});
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(complete(lease_one(), with_output("x")), Verdict::ok);
  EXPECT_EQ(state("join"), TaskState::cancelled);
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, NothingIsAddedToAGroupThatHasEnded) {
  enqueue({in_group(spec("a"), "g"), spec("outside", 2)});
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(enqueue({in_group(spec("b"), "g")}), std::vector<Admission>{Admission::duplicate});
  complete(lease_one(), emitting({in_group(spec("c"), "g")}));
  EXPECT_FALSE(store().task("b").ok());
  EXPECT_FALSE(store().task("c").ok());
}

TEST_P(StoreTest, DroppingATaskEndsItsGroupAsFailed) {
  enqueue({in_group(with_payload(spec("a"), bytes_of("x")), "g"), in_group(spec("b", 2), "g")});
  fail(lease(1).at(0), FailKind::permanent);
  ASSERT_TRUE(store().drop("a").ok());
  EXPECT_EQ(group("g").state, "failed");
  EXPECT_EQ(state("b"), TaskState::cancelled);
  EXPECT_FALSE(store().task("a").ok());
  EXPECT_EQ(ids(*store().group_tasks("g", 9)), std::vector<TaskId>{"b"});
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, GroupsAreFoundByHeight) {
  enqueue({in_group(spec("a", 30), "c"), in_group(spec("b", 10), "a"), in_group(spec("c", 20), "b"),
           in_group(spec("d", 20), "bb"), in_group(spec("e", limits::height_max), "top")});
  ASSERT_TRUE(store().cancel("b").ok());
  const auto found = [&](std::uint64_t from, std::uint64_t to, std::size_t max) {
    std::vector<GroupId> out;
    const auto groups = store().groups(from, to, max);
    for (const GroupRecord& g : *groups) out.push_back(g.id);
    return out;
  };
  EXPECT_EQ(found(0, UINT64_MAX, 10), (std::vector<GroupId>{"a", "b", "bb", "c", "top"}));
  EXPECT_EQ(found(20, 20, 10), (std::vector<GroupId>{"b", "bb"}));
  EXPECT_EQ(found(11, 30, 2), (std::vector<GroupId>{"b", "bb"}));
  EXPECT_EQ(found(31, 40, 10), std::vector<GroupId>{});
  EXPECT_EQ(found(limits::height_max + 1, UINT64_MAX, 10), std::vector<GroupId>{});
  EXPECT_EQ(found(0, 99, 0), std::vector<GroupId>{});
}

TEST_P(StoreTest, TasksOfAGroupComeByStageAndId) {
  enqueue({in_group(spec("z", 1, "a_b"), "g"), in_group(spec("b", 1, "b"), "g"),
           in_group(spec("a", 9, "b"), "g"), in_group(spec("y", 1, "a"), "g"), in_group(spec("x"), "h")});
  EXPECT_EQ(ids(*store().group_tasks("g", 9)), (std::vector<TaskId>{"y", "z", "a", "b"}));
  EXPECT_EQ(ids(*store().group_tasks("g", 2)), (std::vector<TaskId>{"y", "z"}));
  EXPECT_EQ(store().group_tasks("g", 9)->at(0).stage, "a");
}

TEST_P(StoreTest, DoneTasksOfARunningGroupAreNeverForgotten) {
  enqueue({in_group(spec("a"), "g"), in_group(spec("b", 2), "g")});
  complete(lease(1).at(0));
  advance(10 * kRules.done_ms);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(enqueue({in_group(spec("a"), "g")}), std::vector<Admission>{Admission::duplicate});
}

TEST_P(StoreTest, AnEndedGroupIsForgottenAfterItsTimeAndMayBeginAnew) {
  enqueue({in_group(spec("a"), "g"), in_group(spec("b", 2, "split"), "g")});
  complete(lease_one(), ending("verified"));
  advance(kRules.done_ms - 1);
  ASSERT_TRUE(store().sweep({}).ok());
  EXPECT_EQ(group("g").state, "verified");
  EXPECT_EQ(state("b"), TaskState::cancelled);
  advance(1);
  ASSERT_TRUE(store().sweep({}).ok());
  EXPECT_FALSE(store().group("g").ok());
  EXPECT_FALSE(store().task("a").ok());
  EXPECT_FALSE(store().task("b").ok());
  EXPECT_TRUE(store().groups(0, 99, 9)->empty());
  EXPECT_EQ(enqueue({in_group(spec("a"), "g")}), std::vector<Admission>{Admission::accepted});
  EXPECT_EQ(group("g").state, "running");
}

// What a group leaves behind is cleaned up in steps; meanwhile none of it can be had.
TEST_P(StoreTest, ABigGroupIsCancelledAtOnceAndCleanedUpInSteps) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 350; ++i) {
    specs.push_back(in_group(with_payload(spec("t" + std::to_string(i)), Bytes(10, 1)), "g"));
  }
  specs.push_back(spec("other", 5));
  enqueue(specs);
  const auto leased = lease(50);
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(ids(lease(50)), std::vector<TaskId>{"other"});
  for (const Task& t : leased) EXPECT_EQ(renew(t), Verdict::stale);
  EXPECT_EQ(state("t349"), TaskState::cancelled);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(counts().ready, 0u);
  EXPECT_EQ(bytes(), 0u);
  advance(kRules.done_ms);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_FALSE(store().group("g").ok());
}

}  // namespace
}  // namespace cairn::pipeline
