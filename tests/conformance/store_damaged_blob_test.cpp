// Damage that only the reader of the bytes can see.
#include "common/digest.h"
#include "tests/conformance/store_redis_test.h"

namespace cairn::pipeline {
namespace {

class DamagedBlob : public testing::TestWithParam<const char*> {
 protected:
  /// Damages the stored blob of `value` in the way that the test is named after.
  void damage(const Bytes& value) {
    const std::string key = "{cairn:main}:blob:" + hex(sha256(value));
    const std::string way = GetParam();
    const std::string size = std::to_string(value.size());
    if (way == "truncated") redis_.command({"SET", key, redis_.command({"GETRANGE", key, "0", size})});
    if (way == "lengthened") redis_.command({"APPEND", key, "x"});
    if (way == "changed") redis_.command({"SETRANGE", key, "5000", "x"});
    if (way == "header") redis_.command({"SETRANGE", key, "3", "x"});
    if (way == "another_type") redis_.command({"DEL", key});
  }
  test::RedisServer redis_;
};

TEST_P(DamagedBlob, MakesItsMakerRunAgain) {
  const auto store = open_store(redis_.client_options());
  ASSERT_TRUE(store->enqueue({with_payload(spec("maker", 1, "split"), bytes_of("p"))}).ok());
  // Both the payload of the join and its input are blobs.
  Outcome makes =
      emitting({with_payload(waiting_for(spec("join"), 1), large(1)), feeding(spec("part"), "join", 0)});
  const auto run_maker = [&] {
    const auto leased = lease(*store, 9, "split");
    ASSERT_EQ(leased.size(), 1u);
    ASSERT_TRUE(store->exchange({"split", "w", {{"maker", leased[0].fence, makes}}, 0}).ok());
  };
  const auto run_part = [&] {
    // Damage that only the client sees is found by one call, and the maker leased by the next.
    std::vector<Task> leased;
    ASSERT_TRUE(eventually([&] { return !(leased = lease(*store)).empty(); }));
    ASSERT_EQ(ids(leased), std::vector<TaskId>{"part"});
    Outcome o;
    o.output = large(2);
    ASSERT_TRUE(store->exchange({"prove", "w", {{"part", leased[0].fence, o}}, 0}).ok());
  };
  run_maker();
  run_part();

  damage(large(2));
  run_part();
  damage(large(1));
  const auto woken = store->exchange({"prove", "w", {}, 5});
  ASSERT_TRUE(woken.ok());
  EXPECT_TRUE(woken->leased.empty());
  EXPECT_EQ(woken->woken, std::vector<std::string>{"split"});
  EXPECT_EQ(store->task("join")->state, TaskState::waiting);
  EXPECT_EQ(store->task("maker")->state, TaskState::ready);
  // The maker has released its payload and nothing in the pool has it: it is submitted again.
  EXPECT_TRUE(lease(*store, 9, "split").empty());
  ASSERT_TRUE(store->enqueue({with_payload(spec("maker", 1, "split"), bytes_of("p"))}).ok());
  run_maker();
  const auto join = lease(*store);
  ASSERT_EQ(join.size(), 1u);
  EXPECT_EQ(join[0].payload, large(1));
  EXPECT_EQ(join[0].inputs, std::vector<Bytes>{large(2)});
  EXPECT_EQ(store->task("join")->deaths + store->task("join")->attempts, 0u);
  ASSERT_TRUE(store->exchange({"prove", "w", {{"join", join[0].fence, {}}}, 0}).ok());
  EXPECT_EQ(*store->stored_bytes(), 0u);
  EXPECT_EQ(redis_.command({"HLEN", "{cairn:main}:blobs"}), "0");
}

INSTANTIATE_TEST_SUITE_P(Every, DamagedBlob, testing::Values("truncated", "lengthened", "changed", "header"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace cairn::pipeline
