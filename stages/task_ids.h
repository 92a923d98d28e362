// Ids of tasks. Numbers have a fixed width, so that ids of one height sort by batch and segment:
//
// clang-format off
//   <group>/i                 ingest
//   <group>/s/0001            split of batch 1 (batches and segments count from 0)
//   <group>/p/0001/00003      prove, batch 1, segment 3
//   <group>/j/0001/02/00001   join of segments of batch 1: level 2 (1 joins leaves), second from the left
//   <group>/k/02/0001         join of batches: level 2, second from the left
//   <group>/f                 final proof
//   <group>/h/0000            hash_commit, the sender's first step
//   follow/<40 hex>           the follower of the contract with that address
// clang-format on
#pragma once

#include <cstdint>

#include "common/bytes.h"
#include "common/digest.h"
#include "pipeline/task.h"
#include "stages/join_tree.h"

namespace cairn::stages {

using pipeline::GroupId;
using pipeline::TaskId;

GroupId group_id(std::uint64_t start_height, std::uint64_t end_height, const Digest32& digest);

TaskId ingest_id(const GroupId& group);
TaskId split_id(const GroupId& group, std::uint32_t batch);
TaskId prove_id(const GroupId& group, std::uint32_t batch, std::uint32_t segment);
TaskId segment_join_id(const GroupId& group, std::uint32_t batch, Join join);
TaskId batch_join_id(const GroupId& group, Join join);
TaskId final_id(const GroupId& group);
TaskId hash_commit_id(const GroupId& group);
TaskId follow_id(ByteView contract_address);
/// True for the group of a follower, which is no sequence.
bool is_follower(std::string_view group);

}  // namespace cairn::stages
