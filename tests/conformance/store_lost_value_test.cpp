// Stored values that vanish: whatever made them runs again, and the sequence finishes.
#include "tests/conformance/store_test.h"

namespace cairn::pipeline {
namespace {

/// A sequence ingest → split → two proofs → join, whose values are of `size` bytes.
class Sequence {
 public:
  Sequence(StoreHarness& harness, std::size_t size) : harness_(harness), size_(size) {}

  Bytes value(const std::string& name) const {
    Bytes out(size_, 0);
    std::copy(name.begin(), name.end(), out.begin());
    return out;
  }
  TaskSpec first() const { return named("first", "ingest"); }
  TaskSpec named(const TaskId& id, const std::string& stage) const {
    return in_group(with_payload(spec(id, 1, stage), value(id)), "g");
  }
  /// Deterministic, as every stage is.
  Outcome process(const Task& t) const {
    EXPECT_EQ(t.payload, value(t.id)) << t.id;
    if (t.id == "first") return emitting({named("split", "split")});
    if (t.id == "split") {
      return emitting({waiting_for(named("join", "join"), 2), feeding(named("p0", "prove"), "join", 0),
                       feeding(named("p1", "prove"), "join", 1)});
    }
    Outcome o;
    if (t.stage == "prove") o.output = value("proof of " + t.id);
    if (t.id != "join") return o;
    EXPECT_EQ(t.inputs, (std::vector<Bytes>{value("proof of p0"), value("proof of p1")}));
    o.group_end = "verified";
    return o;
  }
  /// Leases and completes what is ready until `id` is, or nothing is left. Returns the tasks that ran.
  std::vector<TaskId> run(const TaskId& until = "") {
    std::vector<TaskId> ran;
    for (bool any = true; any && ran.size() < 100;) {
      any = false;
      for (const char* stage : {"ingest", "split", "prove", "join"}) {
        if (!until.empty() && harness_.store().task(until).ok() &&
            harness_.store().task(until)->state == TaskState::ready) {
          return ran;
        }
        auto got = harness_.store().exchange({stage, "w", {}, 1});
        EXPECT_TRUE(got.ok());
        any = any || !got->woken.empty();  // nothing to lease, but a producer runs again
        for (const Task& t : got->leased) {
          any = true;
          ran.push_back(t.id);
          const auto reply = harness_.store().exchange({stage, "w", {{t.id, t.fence, process(t)}}, 0});
          EXPECT_TRUE(reply.ok());
          EXPECT_EQ(reply->verdicts, std::vector<Verdict>{Verdict::ok});
        }
      }
    }
    return ran;
  }

 private:
  StoreHarness& harness_;
  std::size_t size_;
};

/// Inline and as blobs.
const std::size_t kSizes[] = {1000, limits::inline_bytes_max + 1};

TEST_P(StoreTest, ALostPayloadIsMadeAgainByItsProducer) {
  for (const std::size_t size : kSizes) {
    use(kRules);
    Sequence sequence(*harness_, size);
    enqueue({sequence.first()});
    sequence.run("p0");
    harness_->lose_payload("p0", sequence.value("p0"));
    EXPECT_EQ(ids(lease(9, "prove")), std::vector<TaskId>{"p1"}) << "p0 is not handed out";
    EXPECT_EQ(state("p0"), TaskState::waiting);
    EXPECT_EQ(record("p0").reason, "a stored payload or input was lost; what made it runs again");
    EXPECT_EQ(state("split"), TaskState::ready);
    advance(1000);
    // split has released its own payload: first runs again too.
    EXPECT_EQ(sequence.run(), (std::vector<TaskId>{"p1", "first", "split", "p0", "join"}));
    EXPECT_EQ(group("g").state, "verified");
    EXPECT_EQ(bytes(), 0u);
    EXPECT_EQ(counts("split").done_total, 1u) << "running again is not another task";
    EXPECT_EQ(counts("prove").done_total, 2u);
    EXPECT_EQ(counts("prove").failures_total, 0u);
  }
}

TEST_P(StoreTest, ALostInputIsMadeAgainByItsFeeder) {
  for (const std::size_t size : kSizes) {
    use(kRules);
    Sequence sequence(*harness_, size);
    enqueue({sequence.first()});
    sequence.run("join");
    harness_->lose_input("join", 1, sequence.value("proof of p1"));
    EXPECT_TRUE(lease(9, "join").empty());
    EXPECT_EQ(record("join").waits_on, 1u) << "for exactly the missing part";
    EXPECT_EQ(state("p0"), TaskState::done);
    EXPECT_EQ(sequence.run(), (std::vector<TaskId>{"first", "split", "p1", "join"}));
    EXPECT_EQ(group("g").state, "verified");
    EXPECT_EQ(bytes(), 0u);
  }
}

TEST_P(StoreTest, EverythingLostAtOnceIsMadeAgain) {
  for (const std::size_t size : kSizes) {
    use(kRules);
    Sequence sequence(*harness_, size);
    enqueue({sequence.first()});
    sequence.run("join");
    harness_->lose_payload("join", sequence.value("join"));
    harness_->lose_input("join", 0, sequence.value("proof of p0"));
    harness_->lose_input("join", 1, sequence.value("proof of p1"));
    sequence.run();
    EXPECT_EQ(group("g").state, "verified");
    EXPECT_EQ(bytes(), 0u);
  }
}

TEST_P(StoreTest, ValuesLostAtEveryStepAreMadeAgain) {
  for (const std::size_t size : kSizes) {
    for (const char* id : {"split", "p0", "p1", "join"}) {
      use(kRules);
      Sequence sequence(*harness_, size);
      enqueue({sequence.first()});
      sequence.run(id);
      harness_->lose_payload(id, sequence.value(id));
      sequence.run();
      EXPECT_EQ(group("g").state, "verified") << id;
      EXPECT_EQ(bytes(), 0u) << id;
    }
  }
}

TEST_P(StoreTest, AValueLostWhileItsProducerRunsAgainIsStillMade) {
  Sequence sequence(*harness_, 1000);
  enqueue({sequence.first()});
  sequence.run("p0");
  harness_->lose_payload("p0", sequence.value("p0"));
  EXPECT_EQ(lease(9, "prove").size(), 1u);
  EXPECT_TRUE(lease(9, "split").empty()) << "its payload is gone too";
  const Task first = lease_one("ingest");
  advance(1000);
  sequence.run();
  EXPECT_EQ(complete(first, sequence.process(first)), Verdict::stale);
  EXPECT_EQ(group("g").state, "verified");
}

TEST_P(StoreTest, WithoutAProducerItWaitsToBeSubmittedAgain) {
  for (const std::size_t size : kSizes) {
    use(kRules);
    const TaskSpec a = with_payload(spec("a"), Bytes(size, 5));
    enqueue({a});
    harness_->lose_payload("a", a.payload);
    EXPECT_TRUE(lease().empty());
    EXPECT_EQ(state("a"), TaskState::waiting);
    EXPECT_NE(record("a").reason.find("submit it again"), std::string::npos);
    EXPECT_EQ(bytes(), 0u);
    EXPECT_EQ(enqueue({a}), std::vector<Admission>{Admission::duplicate});
    EXPECT_EQ(lease_one().payload, a.payload);
  }
}

TEST_P(StoreTest, ABlobThatTwoTasksShareIsRestoredForBoth) {
  enqueue({spec("maker", 0)});
  const std::vector<TaskSpec> both = {with_payload(spec("a"), large(1)), with_payload(spec("b"), large(1))};
  complete(lease_one(), emitting(both));
  harness_->lose_payload("a", large(1));
  EXPECT_TRUE(lease(1).at(0).id == "maker") << "lower than b, which is lost as well";
  advance(1000);
  const Task maker = lease(1).at(0);
  complete(maker, emitting(both));
  const auto leased = lease();
  ASSERT_EQ(leased.size(), 2u);
  EXPECT_EQ(leased[0].payload, large(1));
  EXPECT_EQ(leased[1].payload, large(1));
  for (const Task& t : leased) complete(t);
  EXPECT_EQ(bytes(), 0u);
}

TEST_P(StoreTest, AHolderMayCompleteWhatTheStoreHasLost) {
  enqueue({with_payload(spec("a"), Bytes(1000, 1))});
  const Task task = lease_one();
  harness_->lose_payload("a", task.payload);
  advance(1000);
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(state("a"), TaskState::waiting);
  EXPECT_EQ(complete(task), Verdict::ok) << "nobody else was given it";
  EXPECT_EQ(state("a"), TaskState::done);
  EXPECT_EQ(counts().waiting, 0u);
}

TEST_P(StoreTest, ADeadProducerHoldsTheSequenceUntilItIsReplayed) {
  Sequence sequence(*harness_, 1000);
  enqueue({sequence.first()});
  sequence.run("split");
  harness_->lose_payload("split", sequence.value("split"));
  EXPECT_TRUE(lease(9, "split").empty());
  fail(lease_one("ingest"), FailKind::permanent);
  EXPECT_EQ(group("g").state, "stalled");
  ASSERT_TRUE(store().replay("first").ok());
  sequence.run();
  EXPECT_EQ(group("g").state, "verified");
}

TEST_P(StoreTest, ALostBlobIsThereAgainInTheCallThatBringsIt) {
  enqueue({with_payload(spec("a", 1), large(7)), with_payload(spec("b", 2), large(7))});
  const Task a = lease(1).front();
  harness_->lose_payload("b", large(7));
  Again later;
  later.payload = large(7);
  later.delay_ms = 1000;
  const auto reply = exchange({{a.id, a.fence, once_more(later)}}, 1);
  ASSERT_EQ(ids(reply.leased), std::vector<TaskId>{"b"});
  EXPECT_EQ(reply.leased.front().payload, large(7));
}

}  // namespace
}  // namespace cairn::pipeline
