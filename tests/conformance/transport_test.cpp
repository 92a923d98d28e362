// What every transport promises; each case runs on all implementations.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "common/clock.h"
#include "common/limits.h"
#include "pipeline/transport_memory.h"
#include "pipeline/transport_zmq.h"

namespace cairn::pipeline {
namespace {

constexpr std::int64_t kPatienceMs = 60'000;

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

TEST_P(TransportTest, OneProcessReachesAsManyPeersAsADispatcherMeets) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const rlimit before = files;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  constexpr std::size_t peers = 4096;
  if (files.rlim_cur < 3 * peers) GTEST_SKIP() << "this machine allows " << files.rlim_cur << " open files";
  const auto inbox = bind();
  std::vector<std::unique_ptr<Outbox>> outboxes;
  for (std::size_t i = 0; i < peers; ++i) {
    auto outbox = transport_->connect(endpoint(5));
    ASSERT_TRUE(outbox.ok()) << "peer " << i << ": " << outbox.error().what;
    outboxes.push_back(std::move(*outbox));
  }
  outboxes.clear();
  setrlimit(RLIMIT_NOFILE, &before);
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

std::atomic<int> alarms = 0;

TEST_P(TransportTest, SignalsDisturbNobody) {
  const auto inbox = bind();
  const auto outbox = *transport_->connect(inbox->endpoint());
  const auto missing = *transport_->connect(endpoint(5));
  ASSERT_TRUE(send(*outbox, Bytes{0}));
  ASSERT_TRUE(inbox->receive(kPatienceMs).has_value());
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) { ++alarms; };
  sigaction(SIGALRM, &action, &before);
  const itimerval storm{{0, 20}, {0, 20}}, calm{};
  alarms = 0;
  setitimer(ITIMER_REAL, &storm, nullptr);
  std::uint64_t sent = 0, heard = 0;
  for (const std::int64_t until = steady_ms() + kPatienceMs; alarms < 20'000 && steady_ms() < until;) {
    EXPECT_FALSE(missing->ready());
    if (outbox->ready() && outbox->send(Bytes{1})) ++sent;
    if (inbox->receive(0)) ++heard;
  }
  setitimer(ITIMER_REAL, &calm, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_GE(alarms, 20'000);
  while (heard < sent && inbox->receive(kPatienceMs)) ++heard;
  EXPECT_EQ(heard, sent);
}

TEST_P(TransportTest, WhatIsNotAnEndpointIsRefused) {
  EXPECT_FALSE(transport_->bind("").ok());
  EXPECT_FALSE(transport_->connect("").ok());
}

INSTANTIATE_TEST_SUITE_P(, TransportTest,
                         testing::Values(Ground{"memory", [] { return make_memory_transport(); },
                                                [](const std::string& f, int n) {
                                                  return f + std::to_string(n);
                                                }},
                                         Ground{"ipc", [] { return *make_zmq_transport(std::nullopt); },
                                                [](const std::string& f, int n) {
                                                  return "ipc://" + f + "/" + std::to_string(n) + ".sock";
                                                }}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cairn::pipeline
