#include "prover/rv32/segment.h"

#include <algorithm>

#include "common/result.h"

namespace cairn::rv32 {
namespace {

/// Rows of a family are 2^(log_cycles - this).
constexpr unsigned rarity(Family family) {
  switch (family) {
    case Family::shift:
    case Family::multiply:
      return 1;
    case Family::multiply_high:
      return 2;
    case Family::divide:
      return 3;
    case Family::system:
      return 6;
    default:
      return 0;
  }
}
/// 2^(N - 4) chunks, but no more than 2^12 up to N = 18: when none lies beside another, each takes 14 nodes
/// of the tree, and each node two hashes. Beyond, 2^(N - 6): there is no room for the worst, and cells are
/// counted.
constexpr std::uint64_t chunks_of(unsigned log_cycles) {
  return std::uint64_t{1} << std::max(std::min(log_cycles - 4, 12u), log_cycles - 6);
}

bool holds(const SegmentLimits& limits, const Counts& counts) {
  for (std::size_t i = 0; i < kFamilies; ++i) {
    if (counts.rows[i] > limits.rows[i]) return false;
  }
  return counts.cycles <= limits.cycles && counts.chunks <= limits.chunks;
}

}  // namespace

SegmentLimits segment_class(unsigned log_cycles) {
  CAIRN_ASSERT(log_cycles >= kLogClassMin && log_cycles <= kLogClassMax);
  SegmentLimits limits;
  limits.cycles = std::uint64_t{1} << log_cycles;
  for (std::size_t i = 0; i < kFamilies; ++i)
    limits.rows[i] = limits.cycles >> rarity(static_cast<Family>(i));
  limits.chunks = chunks_of(log_cycles);
  if (log_cycles > kLogClassFits) limits.cells = kSegmentCellsMax;
  return limits;
}

unsigned class_of(const Counts& counts) {
  for (unsigned log_cycles = kLogClassMin; log_cycles <= kLogClassMax; ++log_cycles) {
    if (holds(segment_class(log_cycles), counts)) return log_cycles;
  }
  return 0;
}

}  // namespace cairn::rv32
