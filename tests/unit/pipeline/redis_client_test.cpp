#include "pipeline/redis_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "common/clock.h"
#include "tests/support/tcp.h"

namespace cairn::pipeline {
namespace {

using Kind = Reply::Kind;

/// All replies in `bytes`, fed `step` bytes at a time, or the error.
Result<std::vector<Reply>> read_all(std::string_view bytes, std::size_t step) {
  ReplyReader reader(1 << 20);
  std::vector<Reply> out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    CAIRN_TRY(reader.feed(view(bytes.substr(at, step))));
    while (true) {
      CAIRN_ASSIGN(auto reply, reader.next());
      if (!reply) break;
      out.push_back(std::move(*reply));
    }
  }
  return out;
}

TEST(ReplyReader, ReadsEveryKindInPiecesOfAnySize) {
  const std::string text = std::string("+OK\r\n-ERR bad\r\n:-42\r\n$5\r\na\r\n") + '\0' + "b\r\n" +
                           "$-1\r\n*3\r\n$0\r\n\r\n*0\r\n*2\r\n:1\r\n$-1\r\n*-1\r\n";
  for (const std::size_t step : {1u, 2u, 3u, 7u, 1000u}) {
    const auto replies = read_all(text, step);
    ASSERT_TRUE(replies.ok()) << replies.error().what;
    ASSERT_EQ(replies->size(), 7u);
    EXPECT_EQ((*replies)[0].kind, Kind::status);
    EXPECT_EQ((*replies)[0].text, "OK");
    EXPECT_EQ((*replies)[1].kind, Kind::error);
    EXPECT_EQ((*replies)[2].integer, -42);
    EXPECT_EQ((*replies)[3].text, (std::string("a\r\n") + '\0' + "b"));
    EXPECT_EQ((*replies)[4].kind, Kind::nil);
    const Reply& array = (*replies)[5];
    ASSERT_EQ(array.items.size(), 3u);
    EXPECT_EQ(array.items[0].text, "");
    EXPECT_EQ(array.items[1].kind, Kind::array);
    EXPECT_EQ(array.items[2].items.at(0).integer, 1);
    EXPECT_EQ(array.items[2].items.at(1).kind, Kind::nil);
    EXPECT_EQ((*replies)[6].kind, Kind::nil);
  }
}

TEST(ReplyReader, HostileBytesAreAnErrorOrWaitForMore) {
  const std::string deep = [] {
    std::string out;
    for (int i = 0; i < 100; ++i) out += "*1\r\n";
    return out + ":1\r\n";
  }();
  for (const std::string_view bad :
       {std::string_view("hello\r\n"), std::string_view("$-2\r\n"), std::string_view("*-2\r\n"),
        std::string_view("*99999999999999999999\r\n"), std::string_view(":12a\r\n"),
        std::string_view("*2\r\n?\r\n"), std::string_view(deep)}) {
    EXPECT_EQ(read_all(bad, 1000).ok() ? Code::failed : read_all(bad, 1000).error().code, Code::corrupt)
        << bad;
  }
  // Announced sizes cost nothing until the bytes come.
  for (const std::string_view waiting : {"*2147483647\r\n", "$2147483647\r\n", "*1000000\r\n*1000000\r\n"}) {
    const auto replies = read_all(waiting, 1000);
    ASSERT_TRUE(replies.ok());
    EXPECT_TRUE(replies->empty());
  }
}

TEST(ReplyReader, AReplyIsBounded) {
  ReplyReader reader(100);
  const std::string bulk = "$80\r\n" + std::string(80, 'x') + "\r\n";
  for (int i = 0; i < 10; ++i) {  // each for itself
    ASSERT_TRUE(reader.feed(view(bulk)).ok());
    ASSERT_TRUE(reader.next()->has_value());
  }
  ASSERT_TRUE(reader.feed(view("$5000\r\n" + std::string(80, 'x'))).ok());
  EXPECT_FALSE(reader.next()->has_value());
  EXPECT_EQ(reader.feed(view("0123456789012345")).error().code, Code::corrupt);
}

TEST(ToError, MapsWhatRedisSays) {
  const std::pair<const char*, Code> table[] = {
      {"LOADING Redis is loading the dataset in memory", Code::unavailable},
      {"BUSY Redis is busy running a script.", Code::unavailable},
      {"MASTERDOWN Link with MASTER is down", Code::unavailable},
      {"READONLY You can't write against a read only replica.", Code::unavailable},
      {"MISCONF Redis is configured to save RDB snapshots", Code::unavailable},
      {"NOREPLICAS Not enough good replicas to write.", Code::unavailable},
      {"ERR max number of clients reached", Code::unavailable},
      {"OOM command not allowed when used memory > 'maxmemory'.", Code::exhausted},
      {"WRONGTYPE Operation against a key", Code::corrupt},
      {"CAIRN_CORRUPT the record of task a", Code::corrupt},
      {"CAIRN_FORMAT {cairn:main} is stored in format 1", Code::conflict},
      {"NOSCRIPT No matching script.", Code::not_found},
      {"ERR Function not found", Code::not_found},
      {"NOAUTH Authentication required.", Code::failed},
      {"NOPERM this user has no permissions", Code::failed},
      {"ERR unknown command", Code::failed},
  };
  for (const auto& [text, code] : table) {
    Reply reply;
    reply.kind = Kind::error;
    reply.text = text;
    EXPECT_EQ(to_error(reply).code, code) << text;
  }
}

/// A peer that answers each connection with what the test says, then closes it.
class Peer {
 public:
  explicit Peer(std::function<std::string(int connection)> answer) : answer_(std::move(answer)) {}
  ~Peer() {
    stop_ = true;
    listener_.stop();
    thread_.join();
  }
  int connections() const { return connections_; }
  RedisOptions options() const {
    RedisOptions out;
    out.port = listener_.port();
    out.call_ms = 2'000;
    out.backoff_ms = 1;
    out.backoff_max_ms = 4;
    return out;
  }

 private:
  void serve() {
    while (!stop_) {
      test::Socket client = listener_.accept();
      if (!client.open()) continue;
      std::string request;
      if (client.read(request)) client.write(answer_(connections_++));
    }
  }
  std::function<std::string(int)> answer_;
  test::Listener listener_;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_{[this] { serve(); }};
};

TEST(RedisClient, TriesAgainAfterALostConnectionAndSaysSo) {
  Peer peer([](int n) { return n < 3 ? "" : "+PONG\r\n"; });
  RedisClient client(peer.options());
  int tries = 0;
  const auto answer = client.run([&] {
    ++tries;
    return std::vector<RedisClient::Command>{{"PING"}};
  });
  ASSERT_TRUE(answer.ok()) << answer.error().what;
  EXPECT_EQ(tries, 4) << "asked before each try";
  EXPECT_EQ(answer->replies.at(0).text, "PONG");
  EXPECT_TRUE(answer->repeated);
  EXPECT_EQ(peer.connections(), 4);
}

TEST(RedisClient, WaitsWhileRedisLoads) {
  Peer peer([](int n) { return n < 2 ? "-LOADING Redis is loading\r\n" : ":7\r\n"; });
  RedisClient client(peer.options());
  EXPECT_EQ(client.call({"GET", "x"})->integer, 7);
}

TEST(RedisClient, GarbageIsCorruptAndNotRetried) {
  Peer peer([](int) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
  RedisClient client(peer.options());
  const auto answer = client.call({"PING"});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, Code::corrupt);
  EXPECT_EQ(peer.connections(), 1);
}

TEST(RedisClient, GivesUpWhenTheTimeOfTheCallIsOver) {
  Peer peer([](int) { return ""; });
  RedisOptions options = peer.options();
  options.call_ms = 50;
  RedisClient client(options);
  const std::int64_t begun = steady_ms();
  const auto answer = client.call({"PING"});
  ASSERT_FALSE(answer.ok());
  // Whether the end comes between two tries or in the middle of one is up to the machine.
  const Code code = answer.error().code;
  EXPECT_TRUE(code == Code::unavailable || code == Code::timeout) << answer.error().what;
  EXPECT_LT(steady_ms() - begun, 2'000);
}

}  // namespace
}  // namespace cairn::pipeline
