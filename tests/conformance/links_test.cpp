// Links that leave the machine: ZeroMQ with CURVE. Who is refused, that it is counted, and that nobody else
// notices.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "common/clock.h"
#include "pipeline/transport_zmq.h"
#include "tests/support/tcp.h"

namespace cairn::pipeline {
namespace {

using test::Socket;
using KeyPair = std::pair<std::string, std::string>;

constexpr std::int64_t kPatienceMs = 20'000;

LinkKeys keys_for(const KeyPair& own, const std::string& server, std::vector<std::string> allowed) {
  return {own.first, own.second, server, std::move(allowed)};
}
std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

/// A wire from a peer to an inbox, that keeps what the peer says.
class Wire {
 public:
  explicit Wire(std::uint16_t inbox) : inbox_(inbox), thread_([this] { serve(); }) {}
  ~Wire() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      listener_.stop();
      hang_up();
    }
    thread_.join();
  }
  std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(listener_.port()); }
  /// Of the connection that is open, or was last.
  std::string said() const {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  /// Says to the inbox what the peer said after the first `from` bytes, on the same connection.
  void repeat(std::size_t from) {
    const std::lock_guard lock(mutex_);
    far_.write(std::string(said_, from));
  }

 private:
  void serve() {
    for (;;) {
      Socket near = listener_.accept(), far = near.open() ? test::dial(inbox_) : Socket();
      {
        const std::lock_guard lock(mutex_);
        if (stop_ || !near.open()) return;
        near_ = std::move(near), far_ = std::move(far);
        said_.clear();
      }
      std::thread back([this] {
        for (std::string words; far_.read(words) && near_.write(words);) words.clear();
        near_.shut();
      });
      for (std::string words; near_.read(words);) {
        const std::lock_guard lock(mutex_);
        said_ += words;
        far_.write(words);
        words.clear();
      }
      far_.shut();
      back.join();
    }
  }
  void hang_up() {
    near_.shut();
    far_.shut();
  }

  std::uint16_t inbox_;
  test::Listener listener_;
  mutable std::mutex mutex_;
  Socket near_, far_;
  std::string said_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses the rest
};

/// An inbox that one friend may reach, and counts whom it refuses.
class Links : public testing::Test {
 protected:
  /// Sends until it arrives: what was sent while the link was down is lost.
  bool is_heard(Outbox& friend_, std::uint8_t word) {
    for (const std::int64_t until = steady_ms() + kPatienceMs; steady_ms() < until;) {
      if (!friend_.send(Bytes{word})) {
        std::this_thread::yield();
      } else if (const auto frame = inbox->receive(1'000)) {
        EXPECT_EQ(*frame, (Bytes{word})) << "nobody else is heard";
        return true;
      }
    }
    return false;
  }
  bool counted(unsigned count) {
    for (const std::int64_t until = steady_ms() + kPatienceMs; refusals < count && steady_ms() < until;) {
      EXPECT_EQ(inbox->receive(5), std::nullopt);
    }
    EXPECT_EQ(refusals, count);
    return refusals == count;
  }
  /// Says `words` on a connection of its own and hears the answer to the end.
  void say(const std::string& words) {
    Socket somebody = test::dial(port_of(inbox->endpoint()));
    somebody.write(words);
    for (std::string answer; somebody.read(answer);) answer.clear();
  }

  KeyPair server = *make_link_keys(), friends = *make_link_keys(), stranger = *make_link_keys();
  std::atomic<unsigned> refusals = 0;
  std::unique_ptr<Transport> here =
      *make_zmq_transport(keys_for(server, server.first, {friends.first}), [this] { ++refusals; });
  std::unique_ptr<Inbox> inbox = *here->bind("tcp://127.0.0.1:*");
  std::unique_ptr<Transport> there = *make_zmq_transport(keys_for(friends, server.first, {}));
};

/// What a CURVE peer says first, ZMTP 3.1.
std::string greeting() {
  std::string out = {'\xff', 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
  out.resize(64);
  return out;
}

TEST(LinksReach, LeavingTheMachineNeedsKeys) {
  const auto transport = *make_zmq_transport(std::nullopt);
  for (const char* endpoint : {"tcp://0.0.0.0:*", "tcp://*:*", "tcp://192.0.2.1:5555", "tcp://example.org:1",
                               "tcp://127.example.org:1", "tcp://127.0.0.1:0;192.0.2.1:5555",
                               "tcp://localhost:0;192.0.2.1:5555", "tcp://[::1]:0;[2001:db8::1]:5555"}) {
    EXPECT_FALSE(transport->bind(endpoint).ok()) << endpoint;
    EXPECT_FALSE(transport->connect(endpoint).ok()) << endpoint;
  }
  EXPECT_TRUE(transport->bind("tcp://127.0.0.1:*").ok());
  for (const char* endpoint :
       {"tcp://127.0.0.1:5555", "tcp://127.1.2.3:5555", "tcp://localhost:5555", "tcp://[::1]:5555"}) {
    EXPECT_TRUE(transport->connect(endpoint).ok()) << endpoint;
  }
  EXPECT_FALSE(transport->bind("udp://127.0.0.1:9").ok());
}

TEST_F(Links, OnlyAllowedKeysConnect) {
  const auto welcome = *there->connect(inbox->endpoint());
  struct Peer {
    const char* is;
    std::optional<LinkKeys> keys;
  };
  for (const Peer& peer : {Peer{"a key that is not allowed", keys_for(stranger, server.first, {})},
                           Peer{"the key of another server", keys_for(friends, stranger.first, {})},
                           Peer{"no key", std::nullopt}}) {
    EXPECT_TRUE(is_heard(*welcome, 1)) << peer.is;
    const unsigned before = refusals;
    const auto other = *make_zmq_transport(peer.keys);
    const auto refused = *other->connect(inbox->endpoint());
    for (const std::int64_t until = steady_ms() + kPatienceMs; refusals == before && steady_ms() < until;) {
      EXPECT_FALSE(refused->send(Bytes{2})) << peer.is;
      EXPECT_EQ(inbox->receive(5), std::nullopt) << peer.is;
    }
    EXPECT_GT(refusals, before) << peer.is;
  }
  EXPECT_TRUE(is_heard(*welcome, 1));
}

TEST_F(Links, EachBadHandshakeIsCountedOnce) {
  const auto welcome = *there->connect(inbox->endpoint());
  EXPECT_TRUE(is_heard(*welcome, 1));
  EXPECT_EQ(refusals, 0u);
  // A command of 2 GiB, more than any frame may have.
  std::string oversized =
      greeting() + std::string("\x06\0\0\0\0\x7f\xff\xff\xff", 9) + std::string(100'000, 'x');
  say(oversized);
  EXPECT_TRUE(counted(1)) << "oversized";
  // One that a frame may have, and no handshake has.
  std::string large = greeting() + std::string("\x06\0\0\0\0\0\x10\0\0", 9) + std::string(1 << 20, 'x');
  say(large);
  EXPECT_TRUE(counted(2)) << "large";
  say(greeting() + std::string("\x04\xc8\x05HELLO\1\0", 10) + std::string(192, 'Z'));
  EXPECT_TRUE(counted(3)) << "keys out of the air";
  say("GET / HTTP/1.1\r\n\r\n" + std::string(64, ' '));
  EXPECT_TRUE(counted(4)) << "another protocol";
  test::dial(port_of(inbox->endpoint())).reset();
  EXPECT_TRUE(counted(5)) << "a connection that says nothing";
  EXPECT_TRUE(is_heard(*welcome, 1));
  EXPECT_TRUE(counted(5));
}

TEST_F(Links, AReplayedConnectionIsRefusedAndCounted) {
  Wire wire(port_of(inbox->endpoint()));
  const auto welcome = *there->connect(wire.endpoint());
  EXPECT_TRUE(is_heard(*welcome, 7));
  const std::string said = wire.said();
  say(said);
  EXPECT_TRUE(counted(1));
  EXPECT_TRUE(is_heard(*welcome, 8)) << "the peer itself goes on";
  EXPECT_TRUE(counted(1));
  EXPECT_GE(wire.said().size(), said.size()) << "over the same connection";
}

TEST_F(Links, AFrameThatComesTwiceIsHeardOnceAndCounted) {
  Wire wire(port_of(inbox->endpoint()));
  const auto welcome = *there->connect(wire.endpoint());
  EXPECT_TRUE(is_heard(*welcome, 7));
  const std::size_t before = wire.said().size();
  EXPECT_TRUE(is_heard(*welcome, 8));
  wire.repeat(before);
  EXPECT_TRUE(counted(1));
  EXPECT_TRUE(is_heard(*welcome, 9)) << "the peer connects again";
}

std::atomic<int> signals = 0;

/// Threads of this process, but for the caller's, that SIGUSR1 reaches.
std::vector<pid_t> other_threads() {
  std::vector<pid_t> out;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const pid_t id = std::stoi(task.path().filename());
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      const bool blocked = (std::stoull(line.substr(7), nullptr, 16) >> (SIGUSR1 - 1) & 1) != 0;
      if (!blocked && id != getpid()) out.push_back(id);
    }
  }
  return out;
}

TEST_F(Links, ASignalEndsNoThreadThatWatches) {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { ++signals; };  // no SA_RESTART, as in the processes of a pool
  sigaction(SIGUSR1, &action, &before);
  test::dial(port_of(inbox->endpoint())).reset();
  ASSERT_TRUE(counted(1)) << "they run by now";
  const std::vector<pid_t> threads = other_threads();
  ASSERT_FALSE(threads.empty());
  int sent = 0;
  for (int round = 0; round < 20; ++round) {
    for (const pid_t thread : threads) {
      ASSERT_EQ(syscall(SYS_tgkill, getpid(), thread, SIGUSR1), 0);
      ++sent;
      for (const std::int64_t until = steady_ms() + kPatienceMs; signals < sent && steady_ms() < until;) {
        std::this_thread::yield();
      }
      ASSERT_EQ(signals, sent);
    }
  }
  sigaction(SIGUSR1, &before, nullptr);
  test::dial(port_of(inbox->endpoint())).reset();
  EXPECT_TRUE(counted(2)) << "it still watches";
  EXPECT_TRUE(is_heard(**there->connect(inbox->endpoint()), 1));
}

}  // namespace
}  // namespace cairn::pipeline
