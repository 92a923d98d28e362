// Sponges whose output a test decides.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "prover/transcript/sponge.h"

namespace cairn::engine {

/// A "permutation" that keeps what it was given and answers from a script: the rate words of each
/// call.
struct ScriptedPermutation {
  static constexpr std::size_t width = 16;
  static inline std::vector<std::array<std::uint32_t, 8>> script;
  static inline std::vector<std::array<std::uint32_t, 8>> absorbed;
  static inline std::size_t at = 0;

  static void start(std::vector<std::array<std::uint32_t, 8>> answers) {
    script = std::move(answers);
    absorbed.clear();
    at = 0;
  }
  static void permute(std::array<KoalaBear, width>& state) {
    std::array<std::uint32_t, 8> block{};
    for (std::size_t i = 0; i < 8; ++i) block[i] = state[i].canonical();
    absorbed.push_back(block);
    for (std::size_t i = 0; i < 8; ++i) {
      state[i] = at < script.size() ? KoalaBear::from(script[at][i]) : KoalaBear::zero();
    }
    ++at;
  }
};
using ScriptedSponge = DuplexSponge<ScriptedPermutation>;
inline std::uint32_t smallest_nonce(const ScriptedSponge&, unsigned) { return 0; }

}  // namespace cairn::engine
