#include "stages/task_ids.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/limits.h"

namespace cairn::stages {
namespace {

TEST(TaskIds, AreAsDocumented) {
  Digest32 digest{};
  digest[0] = 0xab;
  const GroupId g = group_id(100, 102, digest);
  EXPECT_EQ(g, "0000000000000064-0000000000000066-ab00000000000000");
  EXPECT_EQ(ingest_id(g), g + "/i");
  EXPECT_EQ(split_id(g, 1), g + "/s/0001");
  EXPECT_EQ(prove_id(g, 1, 3), g + "/p/0001/00003");
  EXPECT_EQ(segment_join_id(g, 1, {2, 1}), g + "/j/0001/02/00001");
  EXPECT_EQ(batch_join_id(g, {2, 1}), g + "/k/02/0001");
  EXPECT_EQ(final_id(g), g + "/f");
  EXPECT_EQ(hash_commit_id(g), g + "/h/0000");
  EXPECT_EQ(follow_id(Bytes(20, 0x0f)), "follow/0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
  EXPECT_TRUE(is_follower(follow_id(Bytes(20, 0x0f))));
  EXPECT_FALSE(is_follower(g));
}

TEST(TaskIds, SortByBatchThenSegment) {
  std::vector<TaskId> ids;
  for (std::uint32_t batch = 0; batch < limits::batches_max; ++batch) {
    for (const std::uint32_t segment : {0u, 9u, 10u, 99u, 100u, 1023u}) {
      ids.push_back(prove_id("g", batch, segment));
    }
  }
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(TaskIds, OfTheLargestNumbersAreValid) {
  Digest32 digest;
  digest.fill(0xff);
  const GroupId g = group_id(limits::height_max, limits::height_max, digest);
  for (const TaskId& id : {segment_join_id(g, UINT32_MAX, {UINT32_MAX, UINT32_MAX}),
                           prove_id(g, UINT32_MAX, UINT32_MAX), final_id(g)}) {
    EXPECT_TRUE(pipeline::valid_id(id)) << id;
  }
}

}  // namespace
}  // namespace cairn::stages
