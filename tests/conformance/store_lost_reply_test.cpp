// Lost replies: whatever was lost is carried out once, and the repeated call says what it did.
#include <climits>

#include "tests/conformance/store_redis_test.h"
#include "tests/support/redis_proxy.h"

namespace cairn::pipeline {
namespace {

RedisOptions through(const test::RedisProxy& proxy) {
  RedisOptions options;
  options.port = proxy.port();
  options.backoff_ms = 1;
  options.backoff_max_ms = 5;
  return options;
}

class LostReply : public testing::Test {
 protected:
  test::RedisServer redis_;
  test::RedisProxy proxy_{redis_.socket_path()};
  std::unique_ptr<RedisStore> store_ = open_store(through(proxy_));
  void lose_next() { proxy_.lose_replies(1); }
  void TearDown() override { EXPECT_GE(proxy_.lost(), 1); }
};

TEST_F(LostReply, AnExchangeHandsOutTheSameLeasesAgain) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  lose_next();
  const auto leased = lease(*store_, 2);
  EXPECT_EQ(ids(leased), (std::vector<TaskId>{"a", "b"}));
  EXPECT_EQ(store_->counts("prove")->leased, 2u) << "not two others";
  for (const Task& t : leased) EXPECT_EQ(store_->renew("prove", {{t.id, t.fence}})->at(0), Verdict::ok);
}

TEST_F(LostReply, ACallerThatRepeatsAfterAnErrorGetsThemToo) {
  RedisOptions impatient = through(proxy_);
  impatient.call_ms = 30;
  RedisStoreOptions options;
  options.redis = impatient;
  std::unique_ptr<RedisStore> store;
  ASSERT_TRUE(eventually([&] {
    auto opened = RedisStore::open(options);
    if (opened.ok()) store = std::move(*opened);
    return store != nullptr;
  }));
  ASSERT_TRUE(store_->enqueue({with_payload(spec("a"), large(1)), spec("b", 2), spec("c", 3)}).ok());
  redis_.freeze();
  EXPECT_FALSE(store->exchange({"prove", "w", {}, 2}).ok());
  redis_.thaw();
  const auto direct = open_store(redis_.client_options());
  ASSERT_TRUE(eventually([&] { return direct->counts("prove")->leased == 2; })) << "it has arrived";
  lose_next();
  std::vector<Task> leased;
  ASSERT_TRUE(eventually([&] {
    auto reply = store->exchange({"prove", "w", {}, 2});
    if (reply.ok()) leased = reply->leased;
    return reply.ok();
  }));
  EXPECT_EQ(ids(leased), (std::vector<TaskId>{"a", "b"}));
  EXPECT_EQ(direct->counts("prove")->leased, 2u);
}

TEST_F(LostReply, LeasesThatNoLongerFitGoBack) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  RedisOptions brief = through(proxy_);
  brief.call_ms = 1'000;
  const auto store = open_store(brief);
  proxy_.lose_replies(INT_MAX);
  ASSERT_FALSE(store->exchange_all({{"prove", "w1", {}, 2}, {"prove", "w2", {}, 1}}).at(0).ok());
  proxy_.lose_replies(0);
  EXPECT_EQ(store_->counts("prove")->leased, 3u);
  // w2 is gone, w1 has room for one.
  RedisStore* const repeat = store.get();
  ASSERT_TRUE(eventually([&] {
    auto reply = repeat->exchange({"prove", "w1", {}, 1});
    if (!reply.ok()) return false;
    EXPECT_EQ(ids(reply->leased), std::vector<TaskId>{"a"});
    return true;
  }));
  EXPECT_EQ(store_->counts("prove")->leased, 1u);
  EXPECT_EQ(store_->task("b")->deaths, 0u);
  EXPECT_EQ(ids(lease(*store_)), (std::vector<TaskId>{"b", "c"}));
}

TEST_F(LostReply, LeasesThatTheWorkerCanDoNoMoreGoBack) {
  ASSERT_TRUE(store_->enqueue({needing(spec("gpu"), "gpu"), spec("any", 2)}).ok());
  RedisOptions brief = through(proxy_);
  brief.call_ms = 1'000;
  const auto store = open_store(brief);
  proxy_.lose_replies(INT_MAX);
  ASSERT_FALSE(store->exchange({"prove", "w", {}, 2, {"gpu"}}).ok());
  proxy_.lose_replies(0);
  EXPECT_EQ(store_->counts("prove")->leased, 2u);
  // It was started again, without the GPU.
  ASSERT_TRUE(eventually([&] {
    auto reply = store->exchange({"prove", "w", {}, 2});
    if (!reply.ok()) return false;
    EXPECT_EQ(ids(reply->leased), std::vector<TaskId>{"any"});
    return true;
  }));
  EXPECT_EQ(store_->task("gpu")->state, TaskState::ready);
  EXPECT_EQ(store_->task("gpu")->deaths, 0u);
}

TEST_F(LostReply, LeasesThatNobodyAsksForAgainGoBack) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2)}).ok());
  RedisOptions brief = through(proxy_);
  brief.call_ms = 1'000;
  const auto store = open_store(brief);
  proxy_.lose_replies(INT_MAX);
  ASSERT_FALSE(store->exchange({"prove", "w", {}, 2}).ok());
  proxy_.lose_replies(0);
  EXPECT_EQ(store_->counts("prove")->leased, 2u);
  ASSERT_TRUE(eventually([&] { return store->exchange({"prove", "", {}, 0}).ok(); }));
  EXPECT_EQ(store_->counts("prove")->ready, 2u);
  EXPECT_EQ(store_->task("a")->deaths, 0u);
}

class LateTry : public LostReply {
 protected:
  void TearDown() override {}
  void settled(std::size_t leased) {
    proxy_.deliver();
    EXPECT_EQ(store_->counts("prove")->leased, leased) << "nobody would hear of more";
  }
};

TEST_F(LateTry, LeasesNothing) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  proxy_.hold_next();
  EXPECT_EQ(ids(lease(*store_, 2)), (std::vector<TaskId>{"a", "b"}));
  settled(2);
}

TEST_F(LateTry, LeasesNothingAfterARepeatThatFoundNothing) {
  proxy_.hold_next();
  EXPECT_TRUE(lease(*store_, 2).empty());
  ASSERT_TRUE(store_->enqueue({spec("a")}).ok());
  settled(0);
}

TEST_F(LateTry, OfAnEarlierCallLeasesNothing) {
  ASSERT_TRUE(store_->enqueue({spec("a"), spec("b", 2), spec("c", 3)}).ok());
  proxy_.hold_next();
  EXPECT_EQ(ids(lease(*store_, 1)), std::vector<TaskId>{"a"});
  EXPECT_EQ(ids(lease(*store_, 1)), std::vector<TaskId>{"b"});
  settled(2);
}

TEST_F(LostReply, ACompletionIsTakenOnce) {
  ASSERT_TRUE(store_->enqueue({spec("a")}).ok());
  const Task a = lease(*store_).at(0);
  lose_next();
  const auto reply = store_->exchange({"prove", "w", {{"a", a.fence, emitting({spec("b", 1, "join")})}}, 0});
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(reply->verdicts, std::vector<Verdict>{Verdict::duplicate});
  EXPECT_EQ(store_->counts("prove")->done_total, 1u);
  EXPECT_EQ(ids(lease(*store_, 9, "join")), std::vector<TaskId>{"b"});
}

TEST_F(LostReply, ANumberIsGrantedOnce) {
  ASSERT_TRUE(store_->enqueue({spec("a")}).ok());
  for (const std::uint64_t expected : {0u, 1u, 2u}) {
    const Task a = lease(*store_).at(0);
    lose_next();
    const Outcome ask = once_more({.payload = {}, .delay_ms = 0, .number = NumberRequest{"nonce", 0}});
    ASSERT_TRUE(store_->exchange({"prove", "w", {{"a", a.fence, ask}}, 0}).ok());
    const Task next = lease(*store_).at(0);
    EXPECT_EQ(next.number, expected);
    ASSERT_TRUE(store_->hand_back("prove", {{next.id, next.fence}}).ok());
  }
}

TEST_F(LostReply, EveryOtherCallIsSafeToo) {
  lose_next();
  auto admitted = store_->enqueue({spec("a"), in_group(spec("b", 2), "g"), spec("c", 3)});
  ASSERT_TRUE(admitted.ok());
  EXPECT_EQ(admitted->admissions, std::vector<Admission>(3, Admission::duplicate)) << "known by now";
  const auto leased = lease(*store_);
  ASSERT_EQ(leased.size(), 3u);
  lose_next();
  EXPECT_EQ(*store_->fail("prove", {"a", leased[0].fence, FailKind::permanent, "x"}), Verdict::duplicate);
  EXPECT_EQ(store_->task("a")->attempts, 1u);
  lose_next();
  EXPECT_EQ(store_->hand_back("prove", {{"b", leased[1].fence}})->at(0), Verdict::duplicate);
  lose_next();
  EXPECT_EQ(store_->renew("prove", {{"c", leased[2].fence}})->at(0), Verdict::ok);
  lose_next();
  EXPECT_TRUE(store_->sweep({"prove"}).ok());
  lose_next();
  EXPECT_EQ(store_->cancel("g").error().code, Code::unavailable) << "it may have worked: look";
  EXPECT_EQ(store_->group("g")->state, "cancelled");
  lose_next();
  EXPECT_EQ(store_->replay("a").error().code, Code::unavailable);
  EXPECT_EQ(store_->task("a")->state, TaskState::ready);
  lose_next();
  EXPECT_EQ(store_->counts("prove")->ready, 1u);
}

}  // namespace
}  // namespace cairn::pipeline
