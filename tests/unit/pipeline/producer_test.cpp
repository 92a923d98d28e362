#include "pipeline/producer.h"

#include "tests/unit/pipeline/pool_fixture.h"

namespace cairn::pipeline {
namespace {

class ProducerTest : public PoolFixture {
 protected:
  /// Submits on another thread while the dispatcher turns here.
  Result<std::vector<Answer>> submit(
      const std::vector<Bytes>& lines,
      const std::function<Status(Producer::Wait)>& waiting = [](auto) { return Status(); }) {
    const auto inbox = *transport_->bind("producer");
    Producer producer({{"dispatcher"}, 50, 5}, *transport_, *inbox);
    Result<std::vector<Answer>> out = Error{Code::timeout, "no answer"};
    std::atomic<bool> done = false;
    std::thread thread([&] {
      out = producer.submit(lines, stop_, waiting);
      done = true;
    });
    if (!turn_until([&] { return done.load(); })) stop_ = true;
    thread.join();
    return out;
  }
  std::atomic<bool> stop_ = false;
};

TEST_F(ProducerTest, SaysAcceptedDuplicateOrRejectedPerLine) {
  const auto answers = submit({copy("one"), copy("two"), copy("one"), Bytes{}});
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(answers->at(0).kind, Answer::Kind::accepted);
  EXPECT_EQ(answers->at(0).group, "one");
  EXPECT_EQ(answers->at(1).kind, Answer::Kind::accepted);
  EXPECT_EQ(answers->at(2).kind, Answer::Kind::duplicate);
  EXPECT_EQ(answers->at(3).kind, Answer::Kind::rejected);
  EXPECT_NE(answers->at(3).why.find("\"x\""), std::string::npos) << "the field is named";
  EXPECT_EQ(counts().ready, 2u);
}

TEST_F(ProducerTest, AnUnansweredBatchIsSentAgainAndHasOneEffect) {
  dispatcher_.reset();
  inbox_.reset();  // nobody there
  int unanswered = 0;
  const auto inbox = *transport_->bind("producer");
  Producer producer({{"dispatcher"}, 10, 5}, *transport_, *inbox);
  std::atomic<bool> done = false;
  std::atomic<int> waits = 0;
  Result<std::vector<Answer>> answers = Error{Code::timeout, "no answer"};
  std::thread thread([&] {
    answers = producer.submit({copy("one")}, stop_, [&](auto) {
      ++waits;
      return Status();
    });
    done = true;
  });
  while (waits < 3) std::this_thread::yield();
  unanswered = waits;
  restart_dispatcher();
  if (!turn_until([&] { return done.load(); })) stop_ = true;
  thread.join();
  ASSERT_TRUE(answers.ok());
  EXPECT_GE(unanswered, 3);
  EXPECT_EQ(counts().ready, 1u);
}

TEST_F(ProducerTest, GivesUpWhenItsOwnerHasWaitedEnough) {
  dispatcher_.reset();
  inbox_.reset();  // nobody there
  const auto inbox = *transport_->bind("producer");
  Producer producer({{"dispatcher"}, 10, 5}, *transport_, *inbox);
  int waits = 0;
  const auto answers = producer.submit({copy("one")}, stop_, [&](Producer::Wait why) -> Status {
    EXPECT_EQ(why, Producer::Wait::unanswered);
    if (++waits == 3) return Error{Code::unavailable, "nobody"};
    return {};
  });
  EXPECT_EQ(waits, 3);
  ASSERT_FALSE(answers.ok());
  EXPECT_EQ(answers.error().what, "nobody");
}

}  // namespace
}  // namespace cairn::pipeline
