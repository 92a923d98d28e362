#include "stages/join_tree.h"

#include <bit>

#include "common/result.h"

namespace cairn::stages {

JoinTree::JoinTree(std::uint32_t leaves)
    : leaves_(leaves), depth_(static_cast<std::uint32_t>(std::bit_width(leaves - 1))) {
  CAIRN_ASSERT(leaves >= 1 && leaves <= 1u << 30);
}

bool JoinTree::exists(Join join) const {
  const std::uint64_t first_of_right_half =
      (std::uint64_t{join.index} << join.level) + (std::uint64_t{1} << (join.level - 1));
  return first_of_right_half < leaves_;
}

std::vector<Join> JoinTree::joins() const {
  std::vector<Join> out;
  for (std::uint32_t level = depth_; level >= 1; --level) {
    for (Join join{level, 0}; exists(join); ++join.index) out.push_back(join);
  }
  return out;
}

std::optional<JoinInput> JoinTree::above(Join value) const {
  CAIRN_ASSERT(value.index < leaves_ && value.level <= depth_);
  while (value.level < depth_) {
    const std::uint32_t slot = value.index & 1;
    value = {value.level + 1, value.index >> 1};
    if (exists(value)) return JoinInput{value, slot};
  }
  return std::nullopt;
}

}  // namespace cairn::stages
