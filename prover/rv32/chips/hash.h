// The hash of the memory tree: one compression per row, however often it is looked up.
#pragma once

#include "prover/chips/poseidon2.h"
#include "prover/rv32/chips/bus.h"

namespace cairn::rv32 {

struct HashChip : engine::Poseidon2Chip<BusOf::hash, true> {
  static constexpr std::string_view name = "hash";
  static constexpr bool optional = false;
};

}  // namespace cairn::rv32
