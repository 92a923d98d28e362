// The duplex sponge under the transcript: overwrite mode, whole blocks only. What is in a block,
// and how messages fill blocks, is decided in transcript.h.
//
// A sponge for another hash (Keccak-256 for a proof that a contract verifies) offers the same four
// members.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "prover/field/koala_bear.h"

namespace cairn::engine {

/// Permutation: struct with `static constexpr std::size_t width` and `static void
/// permute(std::array<KoalaBear, width>&)`. The first `rate` words of the state are overwritten by
/// a block; the other half is the capacity (248 bits).
template <class Permutation>
class DuplexSponge {
 public:
  static constexpr std::size_t rate = Permutation::width / 2;
  using Block = std::array<KoalaBear, rate>;
  using State = std::array<KoalaBear, Permutation::width>;

  /// Overwrites the rate with `block` and permutes.
  void absorb(const Block& block) {
    for (std::size_t i = 0; i < rate; ++i) state_[i] = block[i];
    Permutation::permute(state_);
    ++permutations_;
  }

  /// Word i < rate of the state since the last absorb.
  KoalaBear output(std::size_t i) const { return state_[i]; }

  const State& state() const { return state_; }

  /// Permutations computed so far: the cost of the transcript to a verifier.
  std::uint64_t permutations() const { return permutations_; }

 private:
  State state_{};
  std::uint64_t permutations_ = 0;
};

}  // namespace cairn::engine
