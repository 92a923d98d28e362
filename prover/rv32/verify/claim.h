// What the proof of a segment says, and what a chain of them says together.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "prover/rv32/tree.h"

namespace cairn::rv32 {

/// Instructions of a segment, at most: times stay below 2^24.
inline constexpr std::uint32_t kSegmentCyclesMax = 1u << 22;
inline constexpr std::size_t kPublicValues = 22;

/// From pc_in, with memory and registers root_in, `cycles` instructions lead to pc_out and root_out; when
/// `exited`, the last of them ended the program with `exit_code`, else that is 0.
struct SegmentClaim {
  std::uint32_t pc_in = 0, pc_out = 0;
  std::uint32_t cycles = 0;  ///< 1 … kSegmentCyclesMax
  bool exited = false;
  std::uint32_t exit_code = 0;
  engine::Digest root_in{}, root_out{};

  friend bool operator==(const SegmentClaim&, const SegmentClaim&) = default;
};

/// pc_in, pc_out, cycles, exited, exit_code as two halves, the lower one first, root_in 8, root_out 8.
std::array<engine::KoalaBear, kPublicValues> to_public_values(const SegmentClaim& claim);
/// Nothing when a value is out of its range, or there are not kPublicValues of them.
std::optional<SegmentClaim> claim_of(std::span<const engine::KoalaBear> public_values);

}  // namespace cairn::rv32
