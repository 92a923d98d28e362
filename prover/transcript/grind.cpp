#include "prover/transcript/grind.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/result.h"
#include "prover/hash/poseidon2_kernels.h"
#include "prover/parallel.h"
#include "prover/transcript/transcript.h"

namespace cairn::engine {
namespace {

using T = Transcript<Poseidon2Sponge>;

// Nonces of one wave, and of one piece of work inside it.
constexpr std::uint32_t wave = 1U << 12;
constexpr std::uint32_t piece = 1U << 8;

/// The first nonce in [begin, end) that is good, or `end`. Requires end - begin <= piece.
std::uint32_t first_in(const Poseidon2Sponge& sponge, unsigned bits, std::uint32_t begin, std::uint32_t end) {
  constexpr std::size_t width = Poseidon2Permutation::width;
  alignas(64) std::array<KoalaBear, piece * width> states;
  for (std::uint32_t nonce = begin; nonce < end; ++nonce) {
    const auto state = states.begin() + static_cast<std::ptrdiff_t>((nonce - begin) * width);
    const auto block = T::nonce_block(KoalaBear::from(nonce));
    std::copy(block.begin(), block.end(), state);
    std::copy(sponge.state().begin() + T::rate, sponge.state().end(), state + T::rate);
  }
  hash_kernels().permute(states.data(), end - begin);
  for (std::uint32_t nonce = begin; nonce < end; ++nonce) {
    if (T::meets(states[(nonce - begin) * width + T::checked_word], bits)) return nonce;
  }
  return end;
}

}  // namespace

std::uint32_t smallest_nonce(const Poseidon2Sponge& sponge, unsigned bits) {
  CAIRN_ASSERT(bits >= 1 && bits <= pow_bits_max);
  std::vector<std::uint32_t> found(wave / piece);
  for (std::uint32_t begin = 0; begin < KoalaBear::modulus - wave; begin += wave) {
    parallel_for(wave, piece, [&](std::size_t from, std::size_t to) {
      const std::uint32_t end = begin + static_cast<std::uint32_t>(to);
      const std::uint32_t nonce = first_in(sponge, bits, begin + static_cast<std::uint32_t>(from), end);
      found[from / piece] = nonce < end ? nonce : UINT32_MAX;
    });
    const std::uint32_t nonce = *std::min_element(found.begin(), found.end());
    if (nonce != UINT32_MAX) return nonce;
  }
  assert_failed("a proof of work exists", __FILE__, __LINE__);
}

}  // namespace cairn::engine
