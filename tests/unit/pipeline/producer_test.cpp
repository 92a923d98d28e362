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

/// What it meets instead of a dispatcher: answers each frame, and notes what was in it.
class FrameReader {
 public:
  explicit FrameReader(Transport& transport) : transport_(transport), inbox_(*transport.bind("dispatcher")) {}
  /// Answers until `done`.
  void serve(const std::atomic<bool>& done) {
    while (!done) {
      const auto frame = inbox_->receive(1);
      if (!frame) continue;
      frame_bytes.push_back(frame->size());
      const auto message = decode(*frame);
      ASSERT_TRUE(message.ok()) << message.error().what;
      const auto& submit = std::get<Submit>(*message);
      if (!outbox_) outbox_ = *transport_.connect(submit.reply_to);
      Answers answers{submit.batch, {}};
      for (const Bytes& line : submit.submissions) {
        lines.push_back(line);
        answers.answers.push_back({Answer::Kind::accepted, "g" + std::to_string(lines.size()), ""});
      }
      ASSERT_TRUE(outbox_->send(encode(answers)));
    }
  }
  std::vector<std::size_t> frame_bytes;
  std::vector<Bytes> lines;

 private:
  Transport& transport_;
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<Outbox> outbox_;
};

TEST_F(ProducerTest, ManyLongLinesTravelInFramesThatMayBeSent) {
  dispatcher_.reset();
  inbox_.reset();
  FrameReader reader(*transport_);
  // As many as fit into one frame, one that does not, and many short ones.
  const std::size_t fit = limits::frame_bytes_max / limits::json_line_bytes_max;
  std::vector<Bytes> lines;
  for (std::size_t i = 0; i < fit + kTasksMax + 1; ++i)
    lines.emplace_back(i < fit ? limits::json_line_bytes_max : 1, static_cast<std::uint8_t>(i));
  const auto inbox = *transport_->bind("producer");
  Producer producer({{"dispatcher"}, 60'000, 5}, *transport_, *inbox);
  Result<std::vector<Answer>> answers = Error{Code::timeout, "no answer"};
  std::atomic<bool> done = false;
  std::thread thread([&] {
    answers = producer.submit(lines, stop_, [](auto) { return Error{Code::timeout, "waited in vain"}; });
    done = true;
  });
  reader.serve(done);
  stop_ = true;
  thread.join();
  ASSERT_TRUE(answers.ok()) << answers.error().what;
  EXPECT_EQ(reader.lines, lines);
  EXPECT_EQ(answers->size(), lines.size());
  for (std::size_t i = 0; i < answers->size(); ++i)
    ASSERT_EQ((*answers)[i].group, "g" + std::to_string(i + 1));
  EXPECT_EQ(reader.frame_bytes.size(), 3u);
  for (const std::size_t bytes : reader.frame_bytes) EXPECT_LE(bytes, limits::frame_bytes_max);
}

TEST_F(ProducerTest, ALineThatIsTooLongIsRejectedAndDoesNotStopTheOthers) {
  const auto answers = submit({copy("one"), Bytes(limits::json_line_bytes_max + 1, 'x'), copy("two")});
  ASSERT_TRUE(answers.ok()) << answers.error().what;
  EXPECT_EQ(answers->at(0).kind, Answer::Kind::accepted);
  EXPECT_EQ(answers->at(1).kind, Answer::Kind::rejected);
  EXPECT_EQ(answers->at(1).why, "more than 262144 bytes");
  EXPECT_EQ(answers->at(2).kind, Answer::Kind::accepted);
}

}  // namespace
}  // namespace cairn::pipeline
