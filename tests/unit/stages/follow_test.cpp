#include "stages/follow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/limits.h"
#include "stages/payload.h"
#include "tests/unit/stages/samples.h"
#include "tests/unit/stages/scripted_chain.h"

namespace cairn::stages {
namespace {

using samples::line;
using samples::submission;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// The `n`-th sequence: a submission of one batch at height 1000 + n.
Submission sequence(std::uint64_t n) {
  Submission s = submission(1);
  s.start_height = s.end_height = 1000 + n;
  s.sequence_id = sha256(view(std::to_string(n)));
  return s;
}

chain::OpenedSequence opened(const Submission& s, std::uint64_t block) {
  return {s.sequence_id, block, s.start_height, s.end_height, s.claim, copy(line(s, false))};
}

/// The fact that the `n`-th sequence was not taken, in place `place`.
auto skip(std::uint64_t place, std::uint64_t n, const std::string& why) {
  return Pair("skipped." + std::to_string(place),
              AllOf(HasSubstr(" 0x" + hex(sequence(n).sequence_id) + ": "), HasSubstr(why)));
}

class FollowTest : public ::testing::Test {
 protected:
  FollowTest() {
    follow_.chain = &chain_;
    follow_.rules.confirmations = 3;
    follow_.rules.blocks_per_step = 10;
    follow_.rules.poll_ms = 700;
    task_ = samples::leased(follow_task({}, 20));
  }

  Result<pipeline::Outcome> try_step() { return follow_step(follow_, samples::catalog, task_, watch_); }
  /// One step, whose cursor the next one starts from, as the runtime would have it.
  pipeline::Outcome step() {
    auto outcome = try_step();
    EXPECT_TRUE(outcome.ok()) << outcome.error().what;
    EXPECT_TRUE(outcome->again && outcome->again->payload);
    EXPECT_TRUE(outcome->output.empty());
    EXPECT_TRUE(outcome->group_end.empty());
    const Status checked = pipeline::check_outcome(*outcome);
    EXPECT_TRUE(checked.ok()) << checked.error().what;
    task_.payload = *outcome->again->payload;
    for (const auto& spec : outcome->emits) taken_.push_back(spec.height - 1000);
    return *outcome;
  }
  FollowPayload cursor() { return *decode_follow(task_.payload); }

  samples::ScriptedChain chain_;
  Follow follow_;
  samples::Watch watch_;
  pipeline::Task task_;
  std::vector<std::uint64_t> taken_;  ///< which sequences all steps have emitted, in order
};

TEST_F(FollowTest, TaskIsOnePerContractAndFirstInLine) {
  chain::Address contract;
  contract.fill(0xab);
  const auto spec = follow_task(contract, 20);
  EXPECT_TRUE(pipeline::check(spec).ok());
  EXPECT_EQ(spec.id, "follow/abababababababababababababababababababab");
  EXPECT_EQ(spec.id, follow_task(contract, 99).id);
  EXPECT_EQ(spec.stage, "ingest");
  EXPECT_EQ(spec.height, 0u);
  EXPECT_EQ(spec.group, spec.id) << "a group of its own, for its facts";
  EXPECT_EQ(decode_follow(spec.payload)->next_block, 20u);
}

TEST_F(FollowTest, TakesAnOpenedSequenceAsAProducerWouldSubmitIt) {
  const Submission s = submission(3);
  chain_.head_number = 30;
  chain_.events = {opened(s, 22)};
  const auto outcome = step();
  const auto produced = make_admit(samples::catalog)(view(line(s)));
  ASSERT_TRUE(produced.ok());
  EXPECT_THAT(outcome.emits, ElementsAre(*produced));
}

TEST_F(FollowTest, StartsAtItsBlockAndStaysBelowTheHead) {
  chain_.head_number = 25;
  chain_.events = {opened(sequence(0), 19), opened(sequence(1), 20), opened(sequence(2), 22),
                   opened(sequence(3), 23)};
  EXPECT_EQ(step().again->delay_ms, 700u);
  EXPECT_THAT(taken_, ElementsAre(1, 2));
  EXPECT_THAT(chain_.asked, ElementsAre(Pair(20, 22)));
  EXPECT_EQ(cursor().next_block, 23u);
}

TEST_F(FollowTest, WaitsForTheHead) {
  for (const std::uint64_t head : {0, 2, 22}) {
    chain_.head_number = head;
    const auto outcome = step();
    EXPECT_EQ(outcome.again->delay_ms, 700u);
    EXPECT_EQ(cursor(), (FollowPayload{20, 0, 0, 0}));
  }
  EXPECT_TRUE(chain_.asked.empty());
}

// With several nodes, the one that names the head and the one that is asked for events may differ.
TEST_F(FollowTest, DoesNotPassBlocksThatThePeerDoesNotHave) {
  chain_.head_number = 30;
  chain_.peer_head_number = 21;
  chain_.events = {opened(sequence(1), 22)};
  EXPECT_THAT(step().facts, Contains(Pair("chain", "the peer does not have block 27 yet")));
  EXPECT_EQ(cursor().next_block, 20u);
  chain_.peer_head_number = 30;
  while (cursor().next_block <= 27) step();
  EXPECT_THAT(taken_, ElementsAre(1));
}

TEST_F(FollowTest, ReadsTheWholeChainInBoundedRangesWithoutGapsOrRepeats) {
  chain_.head_number = 63;
  for (std::uint64_t i = 0; i <= 40; ++i) chain_.events.push_back(opened(sequence(i), 20 + i));
  std::uint64_t next = 20;
  for (int i = 0; i < 5; ++i) {
    const bool caught_up = step().again->delay_ms == 700;
    EXPECT_EQ(caught_up, i == 4);
    EXPECT_EQ(chain_.asked.back().first, next);
    EXPECT_LE(chain_.asked.back().second - next, 9u);
    next = chain_.asked.back().second + 1;
  }
  std::vector<std::uint64_t> all(41);
  for (std::uint64_t i = 0; i <= 40; ++i) all[i] = i;
  EXPECT_EQ(taken_, all);
  EXPECT_EQ(cursor().next_block, 61u);
}

TEST_F(FollowTest, StepRunAgainAfterACrashEmitsTheSameTasks) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21), opened(sequence(2), 22)};
  const auto once = try_step();
  const auto twice = try_step();
  ASSERT_TRUE(once.ok() && twice.ok());
  EXPECT_EQ(once->emits, twice->emits);
  EXPECT_EQ(once->again->payload, twice->again->payload);
}

TEST_F(FollowTest, MoreSequencesThanFitIntoAStepGoOnWithinTheBlock) {
  chain_.head_number = 30;
  const std::uint64_t count = 2 * opened_per_step_max + 5;
  for (std::uint64_t i = 0; i < count; ++i) {
    chain_.events.push_back(opened(sequence(i), i < 3 ? 21 : 22));
  }
  const auto first = step();
  EXPECT_EQ(first.emits.size(), opened_per_step_max);
  EXPECT_EQ(first.again->delay_ms, 0u);
  EXPECT_EQ(cursor().next_block, 22u);
  EXPECT_EQ(cursor().taken, opened_per_step_max - 3);
  step();
  step();
  std::vector<std::uint64_t> all(count);
  for (std::uint64_t i = 0; i < count; ++i) all[i] = i;
  EXPECT_EQ(taken_, all);
}

struct Mismatch {
  const char* name;
  void (*change)(chain::OpenedSequence&);
  const char* says;
};
class FollowSkips : public FollowTest, public ::testing::WithParamInterface<Mismatch> {};

TEST_P(FollowSkips, AndSaysWhyAndGoesOn) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21), opened(sequence(2), 21), opened(sequence(3), 21)};
  GetParam().change(chain_.events[1]);
  const auto outcome = step();
  EXPECT_THAT(taken_, ElementsAre(1, 3));
  EXPECT_THAT(outcome.facts, Contains(skip(0, 2, GetParam().says)));
  EXPECT_THAT(outcome.facts, Contains(Pair("skipped_total", "1")));
  EXPECT_EQ(cursor().next_block, 28u);
}

INSTANTIATE_TEST_SUITE_P(
    Event, FollowSkips,
    ::testing::Values(
        Mismatch{"NotJson", [](chain::OpenedSequence& e) { e.data = copy("\xff\x00"); }, "not JSON"},
        Mismatch{"Empty", [](chain::OpenedSequence& e) { e.data.clear(); }, "not JSON"},
        Mismatch{"TooLarge", [](chain::OpenedSequence& e) { e.data.resize(limits::json_line_bytes_max + 1); },
                 "at most"},
        Mismatch{"WithSequenceId", [](chain::OpenedSequence& e) { e.data = copy(line(sequence(2), true)); },
                 "\"sequence_id\" is not known"},
        Mismatch{"UnknownProgram",
                 [](chain::OpenedSequence& e) {
                   Submission s = sequence(2);
                   s.program = "nosuch";
                   e.data = copy(line(s, false));
                 },
                 "\"program\" is unknown"},
        Mismatch{"OtherStart", [](chain::OpenedSequence& e) { e.start_height ^= 1; }, "is not the event's"},
        Mismatch{"OtherEnd", [](chain::OpenedSequence& e) { e.end_height = UINT64_MAX; },
                 "is not the event's"},
        Mismatch{"OtherClaim", [](chain::OpenedSequence& e) { e.claim[0] ^= 1; }, "is not the event's"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(FollowTest, TellsTheLastSkipsHoweverManyThereAre) {
  chain_.head_number = 30;
  const std::uint64_t count = skips_told + opened_per_step_max + 5;
  for (std::uint64_t i = 0; i < count; ++i) {
    chain_.events.push_back(opened(sequence(i), 21));
    chain_.events.back().data.clear();
  }
  std::map<std::string, std::string> facts;  // as the store keeps them
  for (std::uint64_t i = 0; i <= count / opened_per_step_max; ++i) {
    for (const auto& [name, value] : step().facts) facts[name] = value;
  }
  EXPECT_EQ(facts.size(), 3 + skips_told);
  EXPECT_EQ(facts.at("skipped_total"), std::to_string(count));
  for (std::uint64_t i = count - skips_told; i < count; ++i) {
    EXPECT_THAT(facts, Contains(skip(i % skips_told, i, "not JSON")));
  }
}

TEST_F(FollowTest, SkipsWhatIsOver) {
  chain_.head_number = 30;  // confirmed up to 27
  chain::SequenceView view = samples::ScriptedChain::open();
  for (std::uint64_t i = 0; i < 4; ++i) chain_.events.push_back(opened(sequence(i), 21));
  view.state = chain::SequenceState::reclaimed;
  chain_.views[sequence(0).sequence_id] = view;
  view.state = chain::SequenceState::proven;
  view.proven_block = 27;
  chain_.views[sequence(1).sequence_id] = view;
  view.proven_block = 28;  // a reorg may still undo this one
  chain_.views[sequence(2).sequence_id] = view;
  const auto outcome = step();
  EXPECT_THAT(taken_, ElementsAre(2, 3));
  EXPECT_THAT(outcome.facts, Contains(skip(0, 0, "reclaimed already")));
  EXPECT_THAT(outcome.facts, Contains(skip(1, 1, "proven already")));
}

TEST_F(FollowTest, SkipsWhatPaysTooLittleOrIsCheckedByAnotherVerifier) {
  chain_.head_number = 30;
  chain::Address ours{}, theirs{};
  ours.fill(1), theirs.fill(2);
  follow_.rules.reward_min = chain::U256(100);
  follow_.rules.verifiers = {ours};
  chain::SequenceView view = samples::ScriptedChain::open();
  for (std::uint64_t i = 0; i < 3; ++i) chain_.events.push_back(opened(sequence(i), 21));
  view.reward = chain::U256(100), view.verifier = ours;
  chain_.views[sequence(0).sequence_id] = view;
  view.reward = chain::U256(99);
  chain_.views[sequence(1).sequence_id] = view;
  view.reward = chain::U256(100), view.verifier = theirs;
  chain_.views[sequence(2).sequence_id] = view;
  std::vector<std::string_view> counted;
  follow_.count = [&](Skip reason) { counted.push_back(skip_name(reason)); };
  chain_.events.push_back(opened(sequence(3), 21));
  chain_.events.back().data.clear();
  view.state = chain::SequenceState::reclaimed;
  chain_.views[sequence(4).sequence_id] = view;
  chain_.events.push_back(opened(sequence(4), 21));
  const auto outcome = step();
  EXPECT_THAT(taken_, ElementsAre(0));
  EXPECT_THAT(outcome.facts,
              Contains(skip(0, 1, "its reward of 99 is below chain.follow_reward_min_wei, 100")));
  EXPECT_THAT(outcome.facts, Contains(skip(1, 2, "verifier 0x0202")));
  EXPECT_THAT(outcome.facts, Contains(Pair("skipped_total", "4")));
  EXPECT_THAT(counted, ElementsAre("reward", "verifier", "work", "over"));
}

TEST_F(FollowTest, ASkipCanBeReadBack) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(7), 21)};
  chain_.events[0].data.clear();
  const auto facts = step().facts;
  const auto fact =
      std::find_if(facts.begin(), facts.end(), [](const auto& f) { return f.first == "skipped.0"; });
  ASSERT_NE(fact, facts.end());
  const auto skip = read_skip(fact->first, fact->second);
  ASSERT_TRUE(skip);
  EXPECT_EQ(skip->start_height, 1007u);
  EXPECT_EQ(skip->end_height, 1007u);
  EXPECT_EQ(skip->sequence_id, "0x" + hex(sequence(7).sequence_id));
  EXPECT_THAT(skip->why, HasSubstr("not JSON"));
  EXPECT_FALSE(read_skip("skipped_total", "1"));
  for (const char* wrong : {"", "7", "7-", "7-8", "7-8 ", "7-8 0x12: why", "a-b 0x: ", "-1-2 0x"}) {
    EXPECT_FALSE(read_skip("skipped.0", wrong)) << wrong;
  }
}

TEST_F(FollowTest, TakesWhatALaggingPeerDoesNotKnowYet) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21)};
  chain_.views[sequence(1).sequence_id] = chain::SequenceView{};
  step();
  EXPECT_THAT(taken_, ElementsAre(1));
}

TEST_F(FollowTest, ChainErrorsNeverFailAndLoseNothing) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21)};
  for (const Code code : {Code::unavailable, Code::timeout, Code::corrupt, Code::exhausted, Code::failed,
                          Code::invalid_input}) {
    chain_.head_error = Error{code, "down\n"};
    const Bytes before = task_.payload;
    auto outcome = step();
    EXPECT_EQ(task_.payload, before);
    EXPECT_EQ(outcome.again->delay_ms, 700u);
    EXPECT_THAT(outcome.facts, Contains(Pair("chain", "down?")));
    chain_.head_error.reset();
    chain_.opened_error = Error{code, "down"};
    outcome = step();
    EXPECT_EQ(cursor().next_block, 20u);
    EXPECT_EQ(outcome.again->delay_ms, 700u);
    chain_.opened_error.reset();
  }
  for (int i = 0; i < 20; ++i) step();
  EXPECT_THAT(taken_, ElementsAre(1));
  EXPECT_EQ(cursor().next_block, 28u);
  EXPECT_THAT(step().facts, Contains(Pair("chain", "answers")));
}

TEST_F(FollowTest, ChainErrorBetweenTwoSequencesKeepsTheFirst) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21), opened(sequence(2), 21), opened(sequence(3), 24)};
  chain_.views_before_error = 1;
  const auto outcome = step();
  EXPECT_THAT(taken_, ElementsAre(1));
  EXPECT_EQ(cursor().next_block, 21u);
  EXPECT_EQ(cursor().taken, 1u);
  EXPECT_EQ(outcome.again->delay_ms, 700u);
  chain_.views_before_error = SIZE_MAX;
  step();
  EXPECT_THAT(taken_, ElementsAre(1, 2, 3));
}

TEST_F(FollowTest, AsksForFewerBlocksWhileThePeerRefuses) {
  chain_.head_number = 103;
  chain_.span_max = 3;
  for (std::uint64_t i = 0; i <= 80; ++i) chain_.events.push_back(opened(sequence(i), 20 + i));
  for (int i = 0; i < 200 && cursor().next_block <= 100; ++i) step();
  std::vector<std::uint64_t> all(81);
  for (std::uint64_t i = 0; i <= 80; ++i) all[i] = i;
  EXPECT_EQ(taken_, all);
  chain_.span_max = UINT64_MAX;
  chain_.head_number = 203;
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(cursor(), (FollowPayload{201, 0, 0, 0})) << "back to the configured range";
}

TEST_F(FollowTest, AnswerThatWasNotAskedForIsAnErrorOfThePeer) {
  chain_.head_number = 30;
  for (const auto& answer : {std::vector{opened(sequence(1), 19)}, std::vector{opened(sequence(1), 28)},
                             std::vector{opened(sequence(1), 23), opened(sequence(2), 22)}}) {
    chain_.raw_answer = answer;
    EXPECT_THAT(step().facts, Contains(Pair("chain", HasSubstr("not in order"))));
    EXPECT_TRUE(taken_.empty());
    EXPECT_EQ(cursor().next_block, 20u);
    task_ = samples::leased(follow_task({}, 20));
  }
}

TEST_F(FollowTest, StopsBetweenTwoSequences) {
  chain_.head_number = 30;
  chain_.events = {opened(sequence(1), 21)};
  watch_.stop = true;
  EXPECT_EQ(try_step().error().code, Code::cancelled);
}

TEST_F(FollowTest, FarHeadsAndSpansDoNotOverflow) {
  chain_.head_number = UINT64_MAX;
  task_.payload = encode(FollowPayload{0, UINT64_MAX, UINT64_MAX, 0});
  step();
  EXPECT_EQ(cursor().next_block, 10u);
  follow_.rules.blocks_per_step = UINT64_MAX;
  step();
  EXPECT_EQ(chain_.asked.back(), (std::pair<std::uint64_t, std::uint64_t>{10, UINT64_MAX - 3}));
  follow_.rules.blocks_per_step = 0;
  task_ = samples::leased(follow_task({}, 20));
  step();
  EXPECT_EQ(cursor().next_block, 21u) << "a step reads at least one block";
}

}  // namespace
}  // namespace cairn::stages
