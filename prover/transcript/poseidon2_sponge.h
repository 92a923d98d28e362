// The sponge of every transcript but that of the last layer: Poseidon2-16, rate 8, capacity 8.
#pragma once

#include <array>

#include "prover/hash/poseidon2.h"
#include "prover/transcript/sponge.h"

namespace cairn::engine {

struct Poseidon2Permutation {
  static constexpr std::size_t width = 16;
  static void permute(std::array<KoalaBear, width>& state) { engine::permute(state); }
};
using Poseidon2Sponge = DuplexSponge<Poseidon2Permutation>;

}  // namespace cairn::engine
