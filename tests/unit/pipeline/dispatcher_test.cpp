#include <set>

#include "tests/unit/pipeline/pool_fixture.h"

namespace cairn::pipeline {
namespace {

class DispatcherTest : public PoolFixture {
 protected:
  DispatcherTest() { play_time(); }
};

void hint(Transport& transport) {
  ASSERT_TRUE((*transport.connect("dispatcher"))->send(encode(Hint{"prove"})));
}

void submit(Transport& transport, const std::string& line) {
  ASSERT_TRUE((*transport.connect("dispatcher"))->send(encode(Submit{"producer", 1, {copy(view(line))}})));
}

TEST_F(DispatcherTest, HandsOutTheLowestHeightsWithinTheCredit) {
  enqueue({spec("c", 3), spec("a", 1), spec("b", 2)});
  PlayedWorker worker(*transport_, "w", 2);
  worker.say();
  turn();
  const Orders orders = worker.hear();
  ASSERT_EQ(orders.tasks.size(), 2u);
  EXPECT_EQ(orders.tasks[0].id, "a");
  EXPECT_EQ(orders.tasks[1].id, "b");
  worker.say();
  turn();
  EXPECT_TRUE(worker.hear().tasks.empty()) << "the credit is used up";
}

TEST_F(DispatcherTest, AWorkerIsGivenWhatItCanDo) {
  TaskSpec gpu = spec("gpu", 1), zkvm = spec("zkvm", 2);
  gpu.needs = "gpu";
  zkvm.needs = "zkvm";
  enqueue({gpu, zkvm, spec("any", 3)});
  PlayedWorker worker(*transport_, "a", 5), other(*transport_, "b", 5);
  worker.report().capabilities = {"zkvm"};
  worker.say();
  turn();
  std::vector<TaskId> given;
  for (const Task& task : worker.hear().tasks) given.push_back(task.id);
  EXPECT_EQ(given, (std::vector<TaskId>{"zkvm", "any"}));
  other.report().capabilities = {"gpu", "zkvm"};
  other.say();
  turn();
  ASSERT_EQ(other.hear().tasks.size(), 1u);
  // Those who have not reported since are offered only that, too.
  TaskSpec later = spec("later", 4);
  later.needs = "gpu";
  enqueue({later});
  hint(*transport_);
  turn();
  EXPECT_TRUE(worker.hear().tasks.empty());
  EXPECT_EQ(other.hear().tasks.size(), 1u);
}

TEST_F(DispatcherTest, CountsTasksThatNoneOfItsWorkersCanDo) {
  TaskSpec gpu = spec("gpu", 1), more = spec("more", 2), zkvm = spec("zkvm", 3);
  gpu.needs = more.needs = "gpu";
  zkvm.needs = "zkvm";
  enqueue({gpu, more, zkvm});
  PlayedWorker worker(*transport_, "w", 1), other(*transport_, "v", 1);
  worker.report().capabilities = {"zkvm"};
  other.report().capabilities = {"gpu"};
  std::vector<PlayedWorker*> up = {&worker};
  const auto shows = [&](const std::string& count) {
    return turn_until([&] {
      for (PlayedWorker* one : up) {
        one->say();
        one->hear();
      }
      return metrics_.text().find("cairn_unserved_tasks{stage=\"prove\"} " + count + "\n") !=
             std::string::npos;
    });
  };
  EXPECT_TRUE(shows("2"));
  up.push_back(&other);
  EXPECT_TRUE(shows("0"));
}

TEST_F(DispatcherTest, AResultFreesCreditAndIsSettledInTheSameTurn) {
  enqueue({spec("a"), spec("b", 2)});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task first = worker.hear().tasks.at(0);
  worker.say({Completion{first.id, first.fence, {}}});
  turn();
  const Orders orders = worker.hear();
  ASSERT_EQ(orders.settled.size(), 1u);
  EXPECT_EQ(orders.settled[0].verdict, Verdict::ok);
  ASSERT_EQ(orders.tasks.size(), 1u);
  EXPECT_EQ(orders.tasks[0].id, "b");
  EXPECT_EQ(counts().done_total, 1u);
}

TEST_F(DispatcherTest, OneCallOfTheStoreBringsWorkToAllWhoAreIdle) {
  std::vector<std::unique_ptr<PlayedWorker>> workers;
  for (const char* name : {"a", "b", "c"}) {
    workers.push_back(std::make_unique<PlayedWorker>(*transport_, name, 2));
    workers.back()->say();
  }
  turn();  // nothing to do yet
  enqueue({spec("1", 1), spec("2", 2), spec("3", 3), spec("4", 4), spec("5", 5)});
  store_.exchanges = 0;
  hint(*transport_);
  workers[1]->say();  // one reports in that turn, the others are only known
  turn();
  EXPECT_EQ(store_.exchanges, 1u);
  std::set<TaskId> handed_out;
  for (const auto& worker : workers) {
    const Orders orders = worker->hear();
    EXPECT_LE(orders.tasks.size(), 2u);
    for (const Task& task : orders.tasks) handed_out.insert(task.id);
  }
  EXPECT_EQ(handed_out.size(), 5u);
}

TEST_F(DispatcherTest, MoreRoomThanOneBatchIsFilledInFurtherTurns) {
  constexpr std::uint32_t credit = limits::store_batch_max;
  PlayedWorker a(*transport_, "a", credit), b(*transport_, "b", credit);
  a.say();
  b.say();
  turn();
  std::vector<TaskSpec> specs;
  for (std::size_t i = 0; i < limits::store_batch_max + 10; ++i) specs.push_back(spec(std::to_string(i), i));
  enqueue(specs);
  hint(*transport_);
  turn();
  EXPECT_EQ(a.hear().tasks.size() + b.hear().tasks.size(), limits::store_batch_max);
  turn();  // a full batch is followed by another look, without a hint
  EXPECT_EQ(a.hear().tasks.size() + b.hear().tasks.size(), 10u);
}

TEST_F(DispatcherTest, ARepeatedResultIsADuplicateNotASecondEffect) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task task = worker.hear().tasks.at(0);
  Outcome outcome;
  outcome.emits = {spec("next", 9)};
  for (const Verdict expected : {Verdict::ok, Verdict::duplicate}) {
    worker.say({Completion{task.id, task.fence, outcome}});
    turn();
    const Orders orders = worker.hear();
    ASSERT_EQ(orders.settled.size(), 1u);
    EXPECT_EQ(orders.settled[0].verdict, expected);
  }
  EXPECT_EQ(counts().done_total, 1u);
}

TEST_F(DispatcherTest, AResultReachesTheDispatcherThatComesAfterAKilledOne) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task task = worker.hear().tasks.at(0);
  restart_dispatcher();
  worker.say({Completion{task.id, task.fence, {}}});
  turn();
  EXPECT_EQ(worker.hear().settled.at(0).verdict, Verdict::ok);
}

TEST_F(DispatcherTest, ANewDispatcherKnowsWhatAWorkerHolds) {
  enqueue({spec("a"), spec("b")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  EXPECT_EQ(worker.hear().tasks.size(), 1u);
  restart_dispatcher();
  worker.say();  // lists the task that it holds
  turn();
  EXPECT_TRUE(worker.hear().tasks.empty()) << "its only slot is taken";
}

TEST_F(DispatcherTest, ABeatRenewsTheLease) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  worker.hear();
  for (int i = 0; i < 5; ++i) {
    skipped_ms_ += 800;  // of a lease of 1000
    worker.say();
    turn();
    EXPECT_TRUE(worker.hear().stops.empty());
  }
  EXPECT_EQ(counts().leases_lost_total, 0u);
}

TEST_F(DispatcherTest, ALostLeaseStopsTheWorkerAndItsResultIsStale) {
  enqueue({spec("a")});
  PlayedWorker sleeper(*transport_, "sleeper", 1), other(*transport_, "other", 1);
  sleeper.say();
  turn();
  const Task task = sleeper.hear().tasks.at(0);
  skipped_ms_ += 1200;
  other.say();
  turn();
  const Task again = other.hear().tasks.at(0);
  EXPECT_EQ(again.id, task.id);
  EXPECT_GT(again.fence, task.fence);

  sleeper.say();  // still believes that it holds the task
  turn();
  ASSERT_EQ(sleeper.hear().stops.size(), 1u);
  sleeper.say({Completion{task.id, task.fence, {}}});
  turn();
  EXPECT_EQ(sleeper.hear().settled.at(0).verdict, Verdict::stale);
  other.say({Completion{again.id, again.fence, {}}});
  turn();
  EXPECT_EQ(other.hear().settled.at(0).verdict, Verdict::ok);
  EXPECT_EQ(counts().done_total, 1u);
  EXPECT_GE(counts().stale_total, 1u);
  EXPECT_NE(metrics_.text().find("outcome=\"stale\""), std::string::npos);
}

TEST_F(DispatcherTest, AStoppedTaskTakesItsSlotUntilTheWorkerReportsItsEnd) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task task = worker.hear().tasks.at(0);
  ASSERT_TRUE(store_.fail("prove", {"a", task.fence, FailKind::permanent, "test"}).ok());
  enqueue({spec("b")});
  worker.say();
  turn();
  ASSERT_EQ(worker.hear().stops.size(), 1u);
  hint(*transport_);
  turn();
  EXPECT_TRUE(worker.hear().tasks.empty()) << "it would come back at once, and again, and again";
  worker.say({HandBack{task.id, task.fence}});
  turn();
  EXPECT_EQ(worker.hear().tasks.at(0).id, "b");
}

TEST_F(DispatcherTest, AHandedBackTaskGoesToAnotherWorkerUncounted) {
  enqueue({spec("a")});
  PlayedWorker leaving(*transport_, "leaving", 1), staying(*transport_, "staying", 1);
  leaving.say();
  turn();
  const Task task = leaving.hear().tasks.at(0);
  leaving.report().draining = true;
  leaving.say({HandBack{task.id, task.fence}});
  turn();
  EXPECT_EQ(leaving.hear().settled.size(), 1u);
  staying.say();
  turn();
  const Task again = staying.hear().tasks.at(0);
  EXPECT_EQ(again.attempt, 1u);
  EXPECT_EQ(store_.task("a")->deaths, 0u);
}

TEST_F(DispatcherTest, ADrainingWorkerGetsNothing) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 4);
  worker.report().draining = true;
  worker.say();
  turn();
  EXPECT_TRUE(worker.hear().tasks.empty());
}

TEST_F(DispatcherTest, FailuresUseUpTheBudgetAndTheReasonIsKept) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  for (int attempt = 0; attempt < 2; ++attempt) {
    skipped_ms_ += 1000;  // past the backoff
    worker.say();
    turn();
    const Orders orders = worker.hear();
    ASSERT_EQ(orders.tasks.size(), 1u) << attempt;
    worker.say({Failure{"a", orders.tasks[0].fence, FailKind::retry, "exit code 3: no such circuit"}});
    turn();
    worker.hear();
  }
  const auto dead = *store_.dead("prove", 10);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_NE(dead[0].reason.find("no such circuit"), std::string::npos);
}

TEST_F(DispatcherTest, AWorkerThatIsNotHeardGetsNoMoreTasks) {
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  EXPECT_TRUE(turn_until(
      [&] { return metrics_.text().find("cairn_workers{stage=\"prove\"} 0") != std::string::npos; }));
  enqueue({spec("a")});
  for (int i = 0; i < 20; ++i) turn(1);
  EXPECT_TRUE(worker.hear().tasks.empty());
  EXPECT_EQ(counts().ready, 1u);
}

TEST_F(DispatcherTest, AWorkerThatWasHeardInATurnOfSlowCallsIsStillServed) {
  enqueue({spec("a")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  store_.call_ms = 150;  // two of them take longer than a worker may be silent
  for (const char* line : {"x", "y", "z"}) submit(*transport_, line);
  turn();
  EXPECT_EQ(worker.hear().tasks.size(), 1u);
  store_.call_ms = 0;
  worker.say();
  turn();
  EXPECT_EQ(counts().ready, 3u) << "all lines were taken";
  EXPECT_EQ(counts().leases_lost_total, 0u);
}

TEST_F(DispatcherTest, AnAbsentStoreIsTriedOnceATurnHoweverMuchIsToBeSaid) {
  enqueue({spec("a", 1), spec("b", 2), spec("c", 3)});
  PlayedWorker done(*transport_, "done", 1), failed(*transport_, "failed", 1),
      beating(*transport_, "beating", 1);
  for (PlayedWorker* worker : {&done, &failed, &beating}) worker->say();
  turn();
  const Task a = done.hear().tasks.at(0), b = failed.hear().tasks.at(0), c = beating.hear().tasks.at(0);
  const std::vector<std::pair<PlayedWorker*, TaskResult>> results = {
      {&done, Completion{b.id, b.fence, {}}}, {&failed, Failure{a.id, a.fence, FailKind::permanent, "why"}}};
  const auto say_all = [&] {
    for (const auto& [worker, result] : results) worker->say({result});
    beating.say();
    submit(*transport_, "x");
    submit(*transport_, "y");
  };
  store_.away = true;
  say_all();
  store_.calls = 0;
  turn();
  EXPECT_EQ(store_.calls, 1u) << "each call of an absent store takes seconds";
  EXPECT_FALSE(dispatcher_->store_reachable());

  store_.away = false;
  say_all();  // all of it is repeated
  turn();
  EXPECT_TRUE(dispatcher_->store_reachable());
  EXPECT_EQ(counts().done_total, 1u);
  EXPECT_EQ(counts().dead, 1u);
  EXPECT_EQ(counts().leased + counts().ready, 3u) << "the one that goes on, and the two that were submitted";
}

TEST_F(DispatcherTest, TheFrameBehindAFullTurnIsNotLost) {
  enqueue({spec("a")});
  for (int i = 0; i < 512; ++i) hint(*transport_);
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  turn();
  EXPECT_EQ(worker.hear().tasks.size(), 1u);
}

TEST_F(DispatcherTest, MoreResultsThanOneCallTakesAreSettledInFurtherTurns) {
  PlayedWorker worker(*transport_, "w", kTasksMax);
  std::vector<TaskResult> first, second;
  for (std::size_t i = 0; i < 700; ++i) {
    first.push_back(Completion{"a" + std::to_string(i), 1, {}});
    if (i % 2 == 0) {
      second.push_back(Completion{"b" + std::to_string(i), 1, {}});
    } else {
      second.push_back(HandBack{"b" + std::to_string(i), 1});
    }
  }
  worker.say(first);
  worker.say(second);  // both before the dispatcher turns: it was frozen, or waited for the store
  turn();
  std::set<TaskId> settled;
  for (const Settled& s : worker.hear().settled) settled.insert(s.id);
  EXPECT_EQ(settled.size(), kTasksMax);
  std::erase_if(second, [&](const TaskResult& r) { return settled.contains(result_id(r)); });
  worker.say(second);
  turn();
  for (const Settled& s : worker.hear().settled) settled.insert(s.id);
  EXPECT_EQ(settled.size(), 1400u);
}

TEST_F(DispatcherTest, HostileFramesAreRefusedAndCounted) {
  const auto outbox = *transport_->connect("dispatcher");
  outbox->send(Bytes{0xdd, 0xff, 0xff, 0xff, 0xff});
  outbox->send(Bytes(1000, 0x91));
  Report wrong_stage;
  wrong_stage.worker = "w";
  wrong_stage.stage = "split";
  wrong_stage.endpoint = "w";
  outbox->send(encode(wrong_stage));
  turn();
  EXPECT_NE(metrics_.text().find("cairn_frames_refused_total{stage=\"prove\"} 3"), std::string::npos);
}

TEST_F(DispatcherTest, TimesASequenceFromItsFirstTaskToItsEnd) {
  TaskSpec first = spec("g/a");
  first.group = "g";
  enqueue({first});
  EXPECT_NE(metrics_.text().find("cairn_tasks_failed_total{kind=\"retry\",stage=\"prove\"} 0"),
            std::string::npos);
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task task = worker.hear().tasks.at(0);
  skipped_ms_ += 3'000;  // the lease is over, but nobody else has it
  Completion last{task.id, task.fence, {}};
  last.outcome.group_end = "verified";
  worker.say({last});
  turn();
  const std::string text = metrics_.text();
  EXPECT_NE(text.find("cairn_sequence_seconds_count{status=\"verified\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("cairn_sequence_seconds_bucket{status=\"verified\",le=\"2\"} 0"), std::string::npos);
  EXPECT_NE(text.find("cairn_sequence_seconds_bucket{status=\"verified\",le=\"10\"} 1"), std::string::npos);
  worker.say({last});  // its answer was lost: not a second end
  turn();
  EXPECT_NE(metrics_.text().find("cairn_sequence_seconds_count{status=\"verified\"} 1"), std::string::npos);
}

TEST_F(DispatcherTest, DrainingTakesResultsButLeasesNothing) {
  enqueue({spec("a"), spec("b")});
  PlayedWorker worker(*transport_, "w", 1);
  worker.say();
  turn();
  const Task task = worker.hear().tasks.at(0);
  worker.say({Completion{task.id, task.fence, {}}});
  dispatcher_->drain(10'000);
  const Orders orders = worker.hear();
  EXPECT_EQ(orders.settled.size(), 1u);
  EXPECT_TRUE(orders.tasks.empty());
  EXPECT_EQ(counts().ready, 1u);
}

// The lost call may have leased to whoever had room.
TEST_F(DispatcherTest, ADrainAsksOnceMoreAfterALostReply) {
  PlayedWorker worker(*transport_, "w", 1);
  store_.away = true;
  worker.say();
  turn();
  ASSERT_EQ(store_.exchanges, 1u);
  store_.away = false;
  dispatcher_->drain(0);
  EXPECT_EQ(store_.exchanges, 2u) << "the store takes back what it gave";
  dispatcher_->drain(0);
  EXPECT_EQ(store_.exchanges, 2u);
}

TEST_F(DispatcherTest, MoreValuesThanOneCallLeasesFollowInFurtherTurns) {
  restart_dispatcher(60'000);
  std::vector<TaskSpec> specs;
  for (int i = 0; i < 5; ++i) {
    specs.push_back(spec("t" + std::to_string(i)));
    specs.back().payload.resize(limits::lease_bytes_max / 2);
  }
  enqueue(specs);
  PlayedWorker worker(*transport_, "w", 5);
  worker.say();
  turn();
  EXPECT_EQ(worker.hear().tasks.size(), 3u);
  turn();  // without a hint, long before the next poll
  EXPECT_EQ(worker.hear().tasks.size(), 2u);
}

TEST_F(DispatcherTest, LargeInputsGoInSeveralFrames) {
  std::vector<TaskSpec> specs;
  for (const std::size_t bytes : {limits::lease_bytes_max, limits::value_bytes_max}) {
    specs.push_back(spec("big" + std::to_string(specs.size())));
    specs.back().payload.resize(bytes);
  }
  static_assert(limits::lease_bytes_max + limits::value_bytes_max >= limits::frame_bytes_max);
  enqueue(specs);
  PlayedWorker worker(*transport_, "w", 2);
  worker.say();
  turn();
  EXPECT_EQ(worker.hear().tasks.size(), 2u);
}

TEST_F(DispatcherTest, ATaskThatFitsIntoNoFrameIsDeadInsteadOfLeasedForEver) {
  TaskSpec join = spec("join", 2);
  join.waits_on = 2;
  TaskSpec left = spec("left"), right = spec("right");
  left.feed = Feed{"join", 0};
  right.feed = Feed{"join", 1};
  enqueue({join, left, right});
  PlayedWorker worker(*transport_, "w", 2);
  worker.say();
  turn();
  std::vector<TaskResult> results;
  for (const Task& task : worker.hear().tasks) {
    Completion done{task.id, task.fence, {}};
    done.outcome.output = Bytes(limits::value_bytes_max - 1024);
    results.emplace_back(std::move(done));
  }
  ASSERT_EQ(results.size(), 2u);
  for (TaskResult& result : results) {
    worker.say({std::move(result)});
    turn();
  }
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_TRUE(worker.hear().tasks.empty());
  const auto dead = *store_.dead("prove", 10);
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].id, "join");
  EXPECT_NE(dead[0].reason.find("one frame takes 50331648"), std::string::npos) << dead[0].reason;
}

}  // namespace
}  // namespace cairn::pipeline
