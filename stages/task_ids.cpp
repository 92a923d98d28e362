#include "stages/task_ids.h"

#include <cinttypes>
#include <cstdio>

#include "common/limits.h"

namespace cairn::stages {
namespace {

constexpr std::string_view kFollow = "follow/";

/// printf into a string; the formats below are all far shorter than the buffer.
template <class... Args>
std::string format(const char* pattern, Args... args) {
  char out[limits::task_id_bytes_max];
  const int length = std::snprintf(out, sizeof out, pattern, args...);
  CAIRN_ASSERT(length > 0 && static_cast<std::size_t>(length) < sizeof out);
  return {out, static_cast<std::size_t>(length)};
}

}  // namespace

GroupId group_id(std::uint64_t start_height, std::uint64_t end_height, const Digest32& digest) {
  return format("%016" PRIx64 "-%016" PRIx64 "-", start_height, end_height) + hex(digest).substr(0, 16);
}

TaskId ingest_id(const GroupId& group) { return group + "/i"; }
TaskId split_id(const GroupId& group, std::uint32_t batch) { return group + format("/s/%04" PRIu32, batch); }
TaskId prove_id(const GroupId& group, std::uint32_t batch, std::uint32_t segment) {
  return group + format("/p/%04" PRIu32 "/%05" PRIu32, batch, segment);
}
TaskId segment_join_id(const GroupId& group, std::uint32_t batch, Join join) {
  return group + format("/j/%04" PRIu32 "/%02" PRIu32 "/%05" PRIu32, batch, join.level, join.index);
}
TaskId batch_join_id(const GroupId& group, Join join) {
  return group + format("/k/%02" PRIu32 "/%04" PRIu32, join.level, join.index);
}
TaskId final_id(const GroupId& group) { return group + "/f"; }
TaskId hash_commit_id(const GroupId& group) { return group + "/h/0000"; }
TaskId follow_id(ByteView contract_address) { return std::string(kFollow) + hex(contract_address); }
bool is_follower(std::string_view group) { return group.starts_with(kFollow); }

}  // namespace cairn::stages
