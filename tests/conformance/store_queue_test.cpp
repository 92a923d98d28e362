// The queue: admission, order, leases, budgets, dead tasks, counts.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

using testing::TestWithParam;

TEST_P(StoreTest, LeasesTheLowestHeightFirst) {
  enqueue({spec("c", 30), spec("a", 10), spec("b", 20)});
  EXPECT_EQ(ids(lease()), (std::vector<TaskId>{"a", "b", "c"}));
}

TEST_P(StoreTest, TiesInHeightGoById) {
  enqueue({spec("seq/2", 7), spec("seq/10", 7), spec("seq/1", 7)});
  EXPECT_EQ(ids(lease()), (std::vector<TaskId>{"seq/1", "seq/10", "seq/2"}));
}

TEST_P(StoreTest, HeightsAreExactUpToTheirBound) {
  enqueue({spec("b", limits::height_max), spec("a", limits::height_max - 1), spec("zero", 0)});
  const auto leased = lease();
  EXPECT_EQ(ids(leased), (std::vector<TaskId>{"zero", "a", "b"}));
  EXPECT_EQ(leased.at(2).height, limits::height_max);
  EXPECT_EQ(record("a").height, limits::height_max - 1);
}

TEST_P(StoreTest, ALowerHeightThatComesLaterOvertakes) {
  enqueue({spec("b", 20), spec("c", 30)});
  EXPECT_EQ(ids(lease(1)), std::vector<TaskId>{"b"});
  enqueue({spec("a", 10)});
  EXPECT_EQ(ids(lease(1)), std::vector<TaskId>{"a"});
}

TEST_P(StoreTest, StagesDoNotMix) {
  enqueue({spec("a", 1, "split"), spec("b", 2, "prove")});
  EXPECT_EQ(ids(lease(9, "prove")), std::vector<TaskId>{"b"});
  EXPECT_EQ(ids(lease(9, "split")), std::vector<TaskId>{"a"});
}

TEST_P(StoreTest, ALeaseCarriesAllThatTheTaskIs) {
  enqueue({in_group(with_payload(spec("a", 5), Bytes{0, 1, 255, 13, 10}), "g")});
  const Task task = lease_one();
  EXPECT_EQ(task.stage, "prove");
  EXPECT_EQ(task.height, 5u);
  EXPECT_EQ(task.group, "g");
  EXPECT_GT(task.fence, 0u);
  EXPECT_EQ(task.attempt, 1u);
  EXPECT_EQ(task.payload, (Bytes{0, 1, 255, 13, 10}));
  EXPECT_TRUE(task.inputs.empty());
  EXPECT_FALSE(task.number);
  EXPECT_EQ(record("a").worker, "w");
}

TEST_P(StoreTest, PayloadsOfEverySizeComeBack) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, limits::inline_bytes_max,
                                 limits::inline_bytes_max + 1, std::size_t{1} << 20}) {
    Bytes payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(i * 31);
    enqueue({with_payload(spec("p" + std::to_string(size)), payload)});
    EXPECT_EQ(bytes(), size);
    const Task task = lease_one();
    EXPECT_EQ(task.payload, payload) << size;
    complete(task);
    EXPECT_EQ(bytes(), 0u) << size;
  }
}

TEST_P(StoreTest, AKnownIdChangesNothingInWhateverState) {
  const TaskSpec a = in_group(waiting_for(spec("waiting"), 1), "g");
  TaskSpec delayed = spec("delayed");
  delayed.delay_ms = 500;
  enqueue({a, delayed, spec("done", 1), spec("dead", 2), spec("leased", 3), spec("ready", 4)});
  const auto leased = lease(3);
  complete(leased.at(0));
  fail(leased.at(1), FailKind::permanent);
  for (const TaskState s : {TaskState::waiting, TaskState::delayed, TaskState::ready, TaskState::leased,
                            TaskState::done, TaskState::dead}) {
    static constexpr const char* names[] = {"waiting", "delayed", "ready", "leased", "done", "dead"};
    const std::string name = names[static_cast<int>(s)];
    EXPECT_EQ(state(name), s);
    EXPECT_EQ(enqueue({spec(name, 99)}), std::vector<Admission>{Admission::duplicate}) << name;
    EXPECT_EQ(state(name), s);
    EXPECT_NE(record(name).height, 99u) << name;
  }
  ASSERT_TRUE(store().cancel("g").ok());
  EXPECT_EQ(state("waiting"), TaskState::cancelled);
  EXPECT_EQ(enqueue({a}), std::vector<Admission>{Admission::duplicate});
  EXPECT_EQ(counts().duplicates_total, 7u);
}

TEST_P(StoreTest, EachSpecOfACallIsAnsweredForItself) {
  EXPECT_EQ(enqueue({spec("a"), spec("b"), spec("a")}),
            (std::vector<Admission>{Admission::accepted, Admission::accepted, Admission::duplicate}));
  EXPECT_TRUE(enqueue({}).empty());
}

TEST_P(StoreTest, AnInvalidSpecChangesNothing) {
  TaskSpec bad[] = {spec(""),
                    spec("UPPER"),
                    spec("a b"),
                    spec("x", limits::height_max + 1),
                    spec("x", 1, "Stage"),
                    in_group(spec("x"), "g g"),
                    feeding(spec("x"), "x", 0),
                    feeding(spec("x"), "y", limits::inputs_max),
                    waiting_for(spec("x"), limits::inputs_max + 1),
                    spec(std::string(limits::task_id_bytes_max + 1, 'a')),
                    needing(spec("x"), "a b"),
                    spec("x")};
  bad[11].delay_ms = limits::delay_ms_max + 1;
  for (const TaskSpec& s : bad) {
    const auto reply = store().enqueue({spec("good"), s});
    ASSERT_FALSE(reply.ok()) << s.id;
    EXPECT_EQ(reply.error().code, Code::invalid_input);
  }
  EXPECT_EQ(store().task("good").error().code, Code::not_found);
}

TEST_P(StoreTest, DepthCapsGiveBackpressureWhileDrainingGoesOn) {
  StoreRules rules = kRules;
  rules.depth_max = 2;
  use(rules);
  EXPECT_EQ(enqueue({spec("a"), spec("b"), spec("c"), spec("a")}),
            (std::vector<Admission>{Admission::accepted, Admission::accepted, Admission::backpressure,
                                    Admission::duplicate}));
  EXPECT_EQ(enqueue({spec("other", 1, "split")}), std::vector<Admission>{Admission::accepted});
  const auto leased = lease();
  EXPECT_EQ(enqueue({spec("c")}), std::vector<Admission>{Admission::backpressure}) << "leased ones count";
  EXPECT_EQ(complete(leased.at(0), emitting({spec("e1"), spec("e2"), spec("e3")})), Verdict::ok)
      << "emits are part of draining";
  EXPECT_EQ(enqueue({spec("c")}), std::vector<Admission>{Admission::backpressure});
  complete(leased.at(1));
  for (const Task& t : lease()) complete(t);
  EXPECT_EQ(enqueue({spec("c")}), std::vector<Admission>{Admission::accepted});
}

TEST_P(StoreTest, ByteCapsCountBlobsOnce) {
  StoreRules rules = kRules;
  rules.bytes_max = limits::inline_bytes_max + 101;
  use(rules);
  EXPECT_EQ(enqueue({with_payload(spec("a"), large(1)), with_payload(spec("b"), large(1)),
                     with_payload(spec("c"), Bytes(101, 1)), with_payload(spec("d"), Bytes(100, 1))}),
            (std::vector<Admission>{Admission::accepted, Admission::accepted, Admission::backpressure,
                                    Admission::accepted}));
  EXPECT_EQ(bytes(), limits::inline_bytes_max + 101);
  const auto leased = lease();
  ASSERT_EQ(leased.size(), 3u);
  complete(leased[0]);
  EXPECT_EQ(bytes(), limits::inline_bytes_max + 101) << "b still needs the blob";
  complete(leased[1]);
  EXPECT_EQ(bytes(), 100u);
}

TEST_P(StoreTest, ADelayedTaskIsNotReadyBeforeItsTime) {
  TaskSpec late = spec("late");
  late.delay_ms = 100;
  enqueue({late});
  EXPECT_EQ(state("late"), TaskState::delayed);
  advance(99);
  EXPECT_TRUE(lease().empty());
  advance(1);
  EXPECT_EQ(ids(lease()), std::vector<TaskId>{"late"});
}

TEST_P(StoreTest, FencesGrow) {
  enqueue({spec("a"), spec("b", 2)});
  Fence last = 0;
  for (int i = 0; i < 3; ++i) {
    for (const Task& t : lease()) {
      EXPECT_GT(t.fence, last);
      last = t.fence;
      hand_back(t);
    }
  }
}

// A store that has forgotten its last moment gives none of that moment's fences again.
TEST_P(StoreTest, FencesAreNeverBehindTheClock) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 201; ++i) specs.push_back(spec("t" + std::to_string(i)));
  enqueue(specs);
  constexpr std::uint64_t last_ms = 1ull << 42;  // in the year 2109
  Fence last = 0;
  for (const std::uint64_t ms : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{50}, last_ms}) {
    advance(ms);
    const std::uint64_t from_clock = std::min(harness_->now_ms(), last_ms) * 1000;
    EXPECT_LE(last, from_clock) << "not more in a millisecond than Redis can give";
    for (const Task& t : lease(50)) {
      EXPECT_GE(t.fence, from_clock);
      EXPECT_GT(t.fence, last);
      last = t.fence;
    }
  }
  advance(1);
  EXPECT_EQ(lease_one().fence, last + 1) << "then they count by themselves";
  EXPECT_LT(last + 1, limits::height_max);
}

TEST_P(StoreTest, ALeasedTaskIsNotLeasedAgainBeforeItsDeadline) {
  enqueue({spec("a")});
  lease_one();
  advance(999);
  EXPECT_TRUE(lease().empty());
}

TEST_P(StoreTest, AnExpiredLeaseGoesToAnotherAndTheFirstIsStale) {
  enqueue({spec("a")});
  const Task first = lease_one();
  advance(1000);
  const Task second = lease_one();
  EXPECT_EQ(second.attempt, 2u);
  EXPECT_EQ(complete(first), Verdict::stale);
  EXPECT_EQ(renew(first), Verdict::stale);
  EXPECT_EQ(fail(first), Verdict::stale);
  EXPECT_EQ(hand_back(first), Verdict::stale);
  EXPECT_EQ(counts().stale_total, 3u) << "completions, failures and renewals";
  EXPECT_EQ(state("a"), TaskState::leased);
  EXPECT_EQ(complete(second), Verdict::ok);
  EXPECT_EQ(counts().leases_lost_total, 1u);
}

TEST_P(StoreTest, AnExpiredLeaseThatNobodyElseGotIsStillValid) {
  enqueue({spec("reaped"), spec("not-reaped", 2)});
  const auto leased = lease();
  advance(1400);
  EXPECT_EQ(complete(leased.at(1)), Verdict::ok);
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(state("reaped"), TaskState::ready);
  EXPECT_EQ(complete(leased.at(0)), Verdict::ok);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(counts().done_total, 2u);
}

TEST_P(StoreTest, LeasesEndAndDelaysPassThoughTheClockIsSetBack) {
  constexpr std::uint64_t hour_ms = 3'600'000, exactly_ms = 100;  // to which the latest time is known
  TaskSpec late = spec("late", 2);
  late.delay_ms = 500;
  enqueue({spec("a"), late});
  const Task first = lease_one();
  harness_->set_back(hour_ms);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(state("late"), TaskState::delayed);
  advance(400);
  EXPECT_TRUE(lease().empty());
  advance(100 + exactly_ms);
  EXPECT_EQ(ids(lease()), std::vector<TaskId>{"late"});
  harness_->set_back(hour_ms);
  EXPECT_TRUE(lease().empty());
  advance(500 + exactly_ms);
  const Task second = lease_one();
  EXPECT_EQ(second.id, "a");
  EXPECT_EQ(complete(first), Verdict::stale);
  EXPECT_EQ(complete(second), Verdict::ok);
  // Forth again: that looks like a silence (store_silence_test.cpp). The pool's time is not before the
  // host's.
  advance(3 * hour_ms);
  EXPECT_TRUE(lease().empty());
  advance(kRules.lease_ms);
  EXPECT_EQ(lease_one().id, "late");
  EXPECT_GE(record("late").since_ms, harness_->now_ms());
}

TEST_P(StoreTest, RenewingAnExpiredLeaseTakesItBack) {
  enqueue({spec("a")});
  const Task task = lease_one();
  advance(1400);
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(renew(task), Verdict::ok);
  EXPECT_TRUE(lease().empty());
  advance(999);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(complete(task), Verdict::ok);
}

TEST_P(StoreTest, RenewalMovesTheDeadline) {
  enqueue({spec("a")});
  const Task task = lease_one();
  for (int i = 0; i < 5; ++i) {
    advance(900);
    EXPECT_EQ(renew(task), Verdict::ok);
    EXPECT_TRUE(lease().empty());
  }
  EXPECT_EQ(record("a").deaths, 0u);
}

TEST_P(StoreTest, VerdictsComeOnePerEntryInOrder) {
  enqueue({spec("a"), spec("b", 2)});
  const auto leased = lease();
  const auto verdicts = store().renew(
      "prove", {{"b", leased.at(1).fence}, {"unknown", 1}, {"a", leased.at(0).fence}, {"a", 0}});
  ASSERT_TRUE(verdicts.ok());
  EXPECT_EQ(*verdicts, (std::vector<Verdict>{Verdict::ok, Verdict::stale, Verdict::ok, Verdict::stale}));
}

TEST_P(StoreTest, FencesThatNoLeaseHasAreStale) {
  enqueue({spec("a"), spec("never")});
  const Task task = lease(1).at(0);
  for (const Fence f : {Fence{0}, task.fence + 1, UINT64_MAX, limits::height_max + 1}) {
    EXPECT_EQ(complete({.id = task.id,
                        .stage = "prove",
                        .group = {},
                        .fence = f,
                        .payload = {},
                        .inputs = {},
                        .number = {}}),
              Verdict::stale)
        << f;
  }
  EXPECT_EQ(complete({.id = "never",
                      .stage = "prove",
                      .group = {},
                      .fence = 0,
                      .payload = {},
                      .inputs = {},
                      .number = {}}),
            Verdict::stale);
  Task elsewhere = task;
  elsewhere.stage = "split";
  EXPECT_EQ(complete(elsewhere), Verdict::stale) << "of another stage";
  EXPECT_EQ(complete(task), Verdict::ok);
}

TEST_P(StoreTest, FailuresBackOffDoublingAndEndInDead) {
  enqueue({spec("a")});
  std::uint32_t attempt = 0;
  for (const std::uint64_t delay : {100u, 200u}) {
    const Task task = lease_one();
    EXPECT_EQ(task.attempt, ++attempt);
    EXPECT_EQ(fail(task, FailKind::retry, "it broke"), Verdict::ok);
    EXPECT_EQ(state("a"), TaskState::delayed);
    advance(delay - 1);
    EXPECT_TRUE(lease().empty());
    advance(1);
  }
  EXPECT_EQ(fail(lease_one(), FailKind::retry, "it broke again"), Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::dead);
  EXPECT_EQ(record("a").reason, "it broke again");
  EXPECT_EQ(record("a").attempts, 3u);
  EXPECT_EQ(counts().failures_total, 3u);
  EXPECT_EQ(counts().dead, 1u);
}

TEST_P(StoreTest, BackoffIsBounded) {
  StoreRules rules = kRules;
  rules.attempts_max = 100;
  use(rules);
  enqueue({spec("a")});
  for (int i = 0; i < 60; ++i) {
    fail(lease_one());
    advance(250);
  }
  EXPECT_EQ(state("a"), TaskState::delayed);
  EXPECT_EQ(lease_one().attempt, 61u);
}

TEST_P(StoreTest, APermanentFailureIsDeadAtOnce) {
  enqueue({spec("a")});
  EXPECT_EQ(fail(lease_one(), FailKind::permanent, "bad ELF"), Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::dead);
  EXPECT_EQ(record("a").reason, "bad ELF");
}

TEST_P(StoreTest, ARepeatedFailureCountsOnce) {
  enqueue({spec("a")});
  const Task task = lease_one();
  EXPECT_EQ(fail(task), Verdict::ok);
  EXPECT_EQ(fail(task), Verdict::duplicate);
  EXPECT_EQ(complete(task), Verdict::stale) << "the lease was given up";
  EXPECT_EQ(record("a").attempts, 1u);
  EXPECT_EQ(counts().failures_total, 1u);
}

TEST_P(StoreTest, ReasonsAreCutToTheirBound) {
  enqueue({spec("a")});
  fail(lease_one(), FailKind::permanent, std::string(limits::reason_bytes_max + 50, 'x'));
  EXPECT_EQ(record("a").reason.size(), limits::reason_bytes_max);
}

TEST_P(StoreTest, LostLeasesHaveTheirOwnBudget) {
  enqueue({spec("a")});
  fail(lease_one());
  advance(100);
  lease_one();
  advance(1000);
  EXPECT_EQ(lease_one().attempt, 3u);
  EXPECT_EQ(record("a").attempts, 1u);
  EXPECT_EQ(record("a").deaths, 1u);
  advance(1000);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(state("a"), TaskState::dead);
  EXPECT_EQ(record("a").reason, "its worker stopped answering, 2 times; the last was w");
}

TEST_P(StoreTest, ATaskThatDiedOfLostLeasesCanStillBeCompletedByTheLast) {
  enqueue({spec("a")});
  lease_one();
  advance(1000);
  const Task last = lease_one();
  advance(1000);
  lease();
  ASSERT_EQ(state("a"), TaskState::dead);
  EXPECT_EQ(complete(last), Verdict::ok);
  EXPECT_EQ(state("a"), TaskState::done);
  EXPECT_EQ(counts().dead, 0u);
}

TEST_P(StoreTest, ReplayGivesADeadTaskFreshBudgets) {
  enqueue({spec("a")});
  fail(lease_one(), FailKind::permanent);
  EXPECT_EQ(store().replay("nobody").error().code, Code::not_found);
  ASSERT_TRUE(store().replay("a").ok());
  EXPECT_EQ(store().replay("a").error().code, Code::not_found);
  const Task task = lease_one();
  EXPECT_EQ(task.attempt, 1u);
  EXPECT_EQ(record("a").attempts, 0u);
  EXPECT_EQ(complete(task), Verdict::ok);
}

TEST_P(StoreTest, DropForgetsADeadTask) {
  enqueue({with_payload(spec("a"), bytes_of("abc"))});
  EXPECT_EQ(store().drop("a").error().code, Code::not_found) << "it is not dead";
  fail(lease_one(), FailKind::permanent);
  ASSERT_TRUE(store().drop("a").ok());
  EXPECT_EQ(store().task("a").error().code, Code::not_found);
  EXPECT_EQ(counts().dead, 0u);
  EXPECT_EQ(bytes(), 0u);
  EXPECT_EQ(enqueue({spec("a")}), std::vector<Admission>{Admission::accepted});
}

TEST_P(StoreTest, DeadTasksAreListedOldestFirst) {
  enqueue({spec("z", 1), spec("y", 1, "split"), spec("x", 1)});
  for (const Task& t : lease(1)) fail(t, FailKind::permanent);
  advance(10);
  fail(lease_one("split"), FailKind::permanent);
  advance(10);
  fail(lease_one(), FailKind::permanent);
  EXPECT_EQ(ids(*store().dead("", 10)), (std::vector<TaskId>{"x", "y", "z"}));
  EXPECT_EQ(ids(*store().dead("prove", 10)), (std::vector<TaskId>{"x", "z"}));
  EXPECT_EQ(ids(*store().dead("", 1)), std::vector<TaskId>{"x"});
  EXPECT_TRUE(store().dead("", 0)->empty());
}

TEST_P(StoreTest, HandingBackCountsNothing) {
  enqueue({spec("a")});
  for (int i = 0; i < 10; ++i) {
    const Task task = lease_one();
    EXPECT_EQ(task.attempt, 1u);
    EXPECT_EQ(hand_back(task), Verdict::ok);
    EXPECT_EQ(hand_back(task), Verdict::duplicate);
    EXPECT_EQ(complete(task), Verdict::stale);
    EXPECT_EQ(state("a"), TaskState::ready);
  }
  EXPECT_EQ(record("a").attempts + record("a").deaths, 0u);
}

TEST_P(StoreTest, ReapsPromotesAndForgetsInSteps) {
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 250; ++i) specs.push_back(spec("r" + std::to_string(i), 1));
  enqueue(specs);
  ASSERT_EQ(lease(1000).size(), 250u);
  advance(1000);
  for (const std::uint64_t left : {150u, 50u, 0u}) {
    const auto woken = store().sweep({"prove"});
    ASSERT_TRUE(woken.ok());
    EXPECT_EQ(*woken, std::vector<std::string>{"prove"});
    EXPECT_EQ(counts().leased, left);
  }
  EXPECT_TRUE(store().sweep({"prove"})->empty());
}

TEST_P(StoreTest, CountsAddUp) {
  TaskSpec delayed = spec("delayed");
  delayed.delay_ms = 400;
  enqueue({waiting_for(spec("waiting", 2), 1), delayed, spec("done", 3), spec("dead", 4), spec("low", 5),
           spec("ready1", 7), spec("ready2", 8)});
  const auto leased = lease(3);
  complete(leased.at(0));
  fail(leased.at(1), FailKind::permanent);
  advance(300);
  const StageCounts c = counts();
  EXPECT_EQ(c.waiting, 1u);
  EXPECT_EQ(c.delayed, 1u);
  EXPECT_EQ(c.ready, 2u);
  EXPECT_EQ(c.leased, 1u);
  EXPECT_EQ(c.dead, 1u);
  EXPECT_EQ(c.done_total, 1u);
  EXPECT_EQ(c.lowest_height, 5u) << "ready or leased";
  EXPECT_EQ(c.oldest_ready_ms, 300u);
  const StageCounts empty = counts("split");
  EXPECT_EQ(empty.lowest_height + empty.oldest_ready_ms + empty.ready + empty.done_total, 0u);
}

TEST_P(StoreTest, RecordsSayWhenTheStateChanged) {
  enqueue({spec("a")});
  EXPECT_EQ(record("a").since_ms, harness_->now_ms());
  advance(70);
  lease_one();
  EXPECT_EQ(record("a").since_ms, harness_->now_ms());
  EXPECT_EQ(store().task("nobody").error().code, Code::not_found);
}

TEST_P(StoreTest, DoneIdsAreForgottenAfterTheirTimeAndNotBefore) {
  enqueue({spec("a"), spec("b", 2)});
  const auto leased = lease();
  complete(leased.at(0));
  advance(1000);
  complete(leased.at(1));
  advance(58'999);
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(enqueue({spec("a")}), std::vector<Admission>{Admission::duplicate});
  advance(1);
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_EQ(store().task("a").error().code, Code::not_found);
  EXPECT_EQ(state("b"), TaskState::done);
}

TEST_P(StoreTest, OnlySoManyDoneIdsAreRemembered) {
  StoreRules rules = kRules;
  rules.done_max = 3;
  use(rules);
  for (int i = 0; i < 5; ++i) {
    enqueue({spec("t" + std::to_string(i))});
    complete(lease_one());
  }
  ASSERT_TRUE(store().sweep({"prove"}).ok());
  EXPECT_FALSE(store().task("t1").ok());
  EXPECT_TRUE(store().task("t2").ok());
}

TEST_P(StoreTest, ExchangesOfSeveralWorkersGetTheLowestInTheirOrder) {
  enqueue({spec("c", 3), spec("a", 1), spec("b", 2), spec("d", 4)});
  auto replies = store().exchange_all({{"prove", "w1", {}, 2}, {"prove", "w2", {}, 1}});
  ASSERT_EQ(replies.size(), 2u);
  ASSERT_TRUE(replies[0].ok() && replies[1].ok());
  EXPECT_EQ(ids(replies[0]->leased), (std::vector<TaskId>{"a", "b"}));
  EXPECT_EQ(ids(replies[1]->leased), std::vector<TaskId>{"c"});
  EXPECT_EQ(record("b").worker, "w1");
  EXPECT_EQ(record("c").worker, "w2");
  const Task b = replies[0]->leased[1], c = replies[1]->leased[0];
  replies = store().exchange_all({{"prove", "w1", {{"b", b.fence, {}}, {"b", b.fence, {}}}, 0},
                                  {"prove", "w2", {{"c", c.fence, {}}}, 5}});
  ASSERT_TRUE(replies[0].ok() && replies[1].ok());
  EXPECT_EQ(replies[0]->verdicts, (std::vector<Verdict>{Verdict::ok, Verdict::duplicate}));
  EXPECT_EQ(replies[1]->verdicts, std::vector<Verdict>{Verdict::ok});
  EXPECT_EQ(ids(replies[1]->leased), std::vector<TaskId>{"d"});
}

TEST_P(StoreTest, AnInvalidExchangeIsRefusedForItself) {
  enqueue({spec("a")});
  Outcome bad;
  bad.emits = {spec("BAD")};
  auto replies = store().exchange_all({{"prove", "w1", {{"a", 1, bad}}, 1}, {"prove", "w2", {}, 1}});
  ASSERT_FALSE(replies[0].ok());
  EXPECT_EQ(replies[0].error().code, Code::invalid_input);
  ASSERT_TRUE(replies[1].ok());
  EXPECT_EQ(ids(replies[1]->leased), std::vector<TaskId>{"a"});
}

// What a caller has to hold at once is bounded, however many workers wait.
TEST_P(StoreTest, OneCallLeasesNoMoreThanItsCallerCanHold) {
  std::vector<TaskSpec> specs;
  for (std::uint8_t i = 0; i < 5; ++i) {
    specs.push_back(with_payload(spec("t" + std::to_string(i)), Bytes(limits::lease_bytes_max / 2, i)));
  }
  enqueue(specs);
  std::vector<Exchange> workers;
  for (const char* name : {"v", "w", "x", "y", "z"}) workers.push_back({"prove", name, {}, 1});
  const auto leased = [&] {
    std::size_t count = 0;
    for (const auto& reply : store().exchange_all(workers)) count += reply->leased.size();
    return count;
  };
  EXPECT_EQ(leased(), 3u) << "with the one that exceeds the bound it stops";
  EXPECT_EQ(leased(), 2u);
}

}  // namespace
}  // namespace cairn::pipeline
