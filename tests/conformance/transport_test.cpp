// What every transport promises; each case runs on all implementations.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "common/clock.h"
#include "common/limits.h"
#include "pipeline/transport_memory.h"
#include "pipeline/transport_zmq.h"

namespace cairn::pipeline {
namespace {

constexpr std::int64_t kPatienceMs = 10'000;

struct Ground {
  const char* name;
  std::unique_ptr<Transport> (*make)();
  std::string (*endpoint)(const std::string& folder, int number);
};

class TransportTest : public testing::TestWithParam<Ground> {
 protected:
  void SetUp() override {
    char name[] = "/tmp/cairn-transport.XXXXXX";
    folder_ = mkdtemp(name);
    transport_ = GetParam().make();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string endpoint(int number = 0) const { return GetParam().endpoint(folder_, number); }
  std::unique_ptr<Inbox> bind(int number = 0) {
    auto inbox = transport_->bind(endpoint(number));
    EXPECT_TRUE(inbox.ok()) << inbox.error().what;
    return std::move(*inbox);
  }
  /// Sends as soon as the peer is there.
  static bool send(Outbox& outbox, ByteView frame) {
    const std::int64_t until = steady_ms() + kPatienceMs;
    while (!outbox.send(frame)) {
      if (steady_ms() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::string folder_;
  std::unique_ptr<Transport> transport_;
};

TEST_P(TransportTest, DeliversFramesInOrder) {
  const auto inbox = bind();
  const auto outbox = *transport_->connect(inbox->endpoint());
  for (std::uint8_t i = 0; i < 100; ++i) ASSERT_TRUE(send(*outbox, Bytes{i}));
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(inbox->receive(kPatienceMs), (Bytes{i}));
}

TEST_P(TransportTest, CarriesEmptyAndLargeFrames) {
  const auto inbox = bind();
  const auto outbox = *transport_->connect(inbox->endpoint());
  ASSERT_TRUE(send(*outbox, Bytes{}));
  EXPECT_EQ(inbox->receive(kPatienceMs), Bytes{});
  const Bytes large(8u << 20, 7);
  ASSERT_TRUE(send(*outbox, large));
  EXPECT_EQ(inbox->receive(kPatienceMs), large);
}

TEST_P(TransportTest, ManyMayPushToOneInbox) {
  const auto inbox = bind();
  std::vector<std::unique_ptr<Outbox>> outboxes;
  for (std::uint8_t i = 0; i < 8; ++i) {
    outboxes.push_back(*transport_->connect(inbox->endpoint()));
    ASSERT_TRUE(send(*outboxes.back(), Bytes{i}));
  }
  int sum = 0;
  for (int i = 0; i < 8; ++i) sum += inbox->receive(kPatienceMs)->at(0);
  EXPECT_EQ(sum, 28);
}

TEST_P(TransportTest, NothingIsTakenForAPeerThatIsNotThere) {
  const auto outbox = *transport_->connect(endpoint(5));
  EXPECT_FALSE(outbox->ready());
  EXPECT_FALSE(outbox->send(Bytes{1}));
}

TEST_P(TransportTest, APeerMayComeLater) {
  const auto outbox = *transport_->connect(endpoint());
  EXPECT_FALSE(outbox->send(Bytes{1}));
  const auto inbox = bind();
  ASSERT_TRUE(send(*outbox, Bytes{2}));
  EXPECT_EQ(inbox->receive(kPatienceMs), (Bytes{2}));
}

TEST_P(TransportTest, APeerMayComeBack) {
  auto inbox = bind();
  const auto outbox = *transport_->connect(endpoint());
  ASSERT_TRUE(send(*outbox, Bytes{1}));
  EXPECT_TRUE(inbox->receive(kPatienceMs).has_value());
  inbox.reset();
  inbox = bind();
  // What is sent before the break is noticed may be lost; what is sent again arrives.
  const std::int64_t until = steady_ms() + kPatienceMs;
  std::optional<Bytes> frame;
  while (!frame && steady_ms() < until) {
    outbox->send(Bytes{3});
    frame = inbox->receive(20);
  }
  EXPECT_EQ(frame, (Bytes{3}));
}

TEST_P(TransportTest, ReceiveGivesUpInTime) {
  const auto inbox = bind();
  EXPECT_EQ(inbox->receive(0), std::nullopt);
  EXPECT_EQ(inbox->receive(5), std::nullopt);
}

TEST_P(TransportTest, AnOutboxIsBoundedWhenNobodyReads) {
  const auto inbox = bind();
  const auto outbox = *transport_->connect(inbox->endpoint());
  ASSERT_TRUE(send(*outbox, Bytes(1024)));
  int taken = 0;
  while (taken < 200'000 && outbox->send(Bytes(1024))) ++taken;
  EXPECT_LT(taken, 200'000) << "an unread inbox must push back";
}

TEST_P(TransportTest, AnotherThreadReachesTheInbox) {
  const auto inbox = bind();
  std::thread thread([&] {
    const auto outbox = inbox->outbox_here();
    EXPECT_TRUE(send(*outbox, Bytes{9}));
    EXPECT_TRUE(send(*outbox, Bytes{10}));
  });
  EXPECT_EQ(inbox->receive(kPatienceMs), (Bytes{9}));
  EXPECT_EQ(inbox->receive(kPatienceMs), (Bytes{10}));
  thread.join();
}

TEST_P(TransportTest, WhatIsNotAnEndpointIsRefused) {
  EXPECT_FALSE(transport_->bind("").ok());
  EXPECT_FALSE(transport_->connect("").ok());
}

INSTANTIATE_TEST_SUITE_P(
    , TransportTest,
    testing::Values(Ground{"memory", [] { return make_memory_transport(); },
                           [](const std::string& f, int n) { return f + std::to_string(n); }},
                    Ground{"ipc", [] { return *make_zmq_transport(std::nullopt); },
                           [](const std::string& f, int n) { return "ipc://" + f + "/" + std::to_string(n) + ".sock"; }}),
    [](const auto& test) { return std::string(test.param.name); });

// ── ZeroMQ alone: links that leave the machine ──

LinkKeys keys_for(const std::pair<std::string, std::string>& own, const std::string& server,
                  std::vector<std::string> allowed) {
  return {own.first, own.second, server, std::move(allowed)};
}

TEST(Links, LeavingTheMachineNeedsKeys) {
  const auto transport = *make_zmq_transport(std::nullopt);
  for (const char* endpoint : {"tcp://0.0.0.0:*", "tcp://*:*", "tcp://192.0.2.1:5555", "tcp://example.org:1"}) {
    EXPECT_FALSE(transport->bind(endpoint).ok()) << endpoint;
    EXPECT_FALSE(transport->connect(endpoint).ok()) << endpoint;
  }
  EXPECT_TRUE(transport->bind("tcp://127.0.0.1:*").ok());
  EXPECT_FALSE(transport->bind("udp://127.0.0.1:9").ok());
}

TEST(Links, OnlyAllowedKeysConnect) {
  const auto server = *make_link_keys(), friend_ = *make_link_keys(), stranger = *make_link_keys();
  std::atomic<unsigned> refusals = 0;
  const auto at_server = *make_zmq_transport(keys_for(server, server.first, {friend_.first}), [&] { ++refusals; });
  const auto inbox = *at_server->bind("tcp://127.0.0.1:*");

  const auto at_stranger = *make_zmq_transport(keys_for(stranger, server.first, {}));
  const auto refused = *at_stranger->connect(inbox->endpoint());
  const auto plain = *make_zmq_transport(std::nullopt);
  const auto unkeyed = *plain->connect(inbox->endpoint());
  const auto at_friend = *make_zmq_transport(keys_for(friend_, server.first, {}));
  const auto welcome = *at_friend->connect(inbox->endpoint());

  const std::int64_t until = steady_ms() + kPatienceMs;
  std::optional<Bytes> frame;
  while ((!frame || refusals == 0) && steady_ms() < until) {
    welcome->send(Bytes{1});
    EXPECT_FALSE(refused->send(Bytes{2}));
    EXPECT_FALSE(unkeyed->send(Bytes{3}));
    if (auto got = inbox->receive(20)) {
      EXPECT_EQ(*got, (Bytes{1}));
      frame = got;
    }
  }
  EXPECT_TRUE(frame.has_value());
  EXPECT_GT(refusals, 0u);
}

/// What somebody says who speaks no CURVE, and is heard to the end.
void say(const std::string& endpoint, const Bytes& words) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  (void)send(fd, words.data(), words.size(), MSG_NOSIGNAL);
  std::uint8_t buffer[4096];
  while (recv(fd, buffer, sizeof buffer, 0) > 0) {
  }
  close(fd);
}

TEST(Links, EveryRefusalIsCountedAndPeersGoOn) {
  const auto server = *make_link_keys(), friend_ = *make_link_keys(), stranger = *make_link_keys();
  std::atomic<unsigned> refusals = 0;
  const auto at_server = *make_zmq_transport(keys_for(server, server.first, {friend_.first}), [&] { ++refusals; });
  const auto inbox = *at_server->bind("tcp://127.0.0.1:*");
  const auto at_friend = *make_zmq_transport(keys_for(friend_, server.first, {}));
  const auto welcome = *at_friend->connect(inbox->endpoint());
  const auto friend_is_heard = [&] {
    for (const std::int64_t until = steady_ms() + kPatienceMs; steady_ms() < until;) {
      if (welcome->send(Bytes{1}) && inbox->receive(20)) return true;
    }
    return false;
  };
  const auto counted = [&](const auto& provoke) {
    const unsigned before = refusals;
    provoke();
    for (const std::int64_t until = steady_ms() + kPatienceMs; refusals == before && steady_ms() < until;) inbox->receive(20);
    return refusals > before;
  };
  EXPECT_TRUE(friend_is_heard());
  EXPECT_EQ(refusals, 0u);
  std::unique_ptr<Transport> other;
  std::unique_ptr<Outbox> refused;
  const auto connect_with = [&](std::optional<LinkKeys> keys) {
    refused.reset();
    other = *make_zmq_transport(keys);
    refused = *other->connect(inbox->endpoint());
  };
  EXPECT_TRUE(counted([&] { connect_with(keys_for(stranger, server.first, {})); })) << "wrong key";
  EXPECT_TRUE(counted([&] { connect_with(keys_for(friend_, stranger.first, {})); })) << "another server's key";
  EXPECT_TRUE(counted([&] { connect_with(std::nullopt); })) << "no key";
  refused.reset();
  // The greeting of a CURVE peer, then a command that is too long, and again a whole handshake of another time.
  Bytes greeting = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 'C', 'U', 'R', 'V', 'E'};
  greeting.resize(64);
  Bytes oversized = greeting;
  oversized.insert(oversized.end(), {0x06, 0x00, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff});
  oversized.resize(oversized.size() + 100'000, 'x');
  say(inbox->endpoint(), oversized);  // hung up on; libzmq tells nobody, so it is not counted
  Bytes replayed = greeting;
  replayed.insert(replayed.end(), {0x04, 200, 5, 'H', 'E', 'L', 'L', 'O', 1, 0});
  replayed.resize(64 + 2 + 200, 0x5a);
  EXPECT_TRUE(counted([&] { say(inbox->endpoint(), replayed); })) << "a handshake whose keys are not its own";
  EXPECT_TRUE(friend_is_heard());
}

}  // namespace
}  // namespace cairn::pipeline
