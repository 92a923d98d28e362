#include "prover/hash/poseidon2.h"

#include <algorithm>

namespace cairn::engine {
namespace {

void full_round(KoalaBear (&x)[poseidon2::width], const KoalaBear (&constants)[poseidon2::width]) {
  for (std::size_t i = 0; i < poseidon2::width; ++i) x[i] = (x[i] + constants[i]).cube();
  poseidon2::external_layer(x);
}

Digest compress(const KoalaBear* left, const KoalaBear* right) {
  std::array<KoalaBear, poseidon2::width> state;
  std::copy_n(left, 8, state.begin());
  std::copy_n(right, 8, state.begin() + 8);
  permute(state);
  Digest out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = state[i] + left[i];
  return out;
}

}  // namespace

void permute(std::array<KoalaBear, poseidon2::width>& state) {
  KoalaBear x[poseidon2::width];
  std::copy(state.begin(), state.end(), x);
  poseidon2::external_layer(x);
  for (const auto& constants : poseidon2::constants.initial) full_round(x, constants);
  for (const KoalaBear constant : poseidon2::constants.partial) {
    x[0] = (x[0] + constant).cube();
    poseidon2::internal_layer(x);
  }
  for (const auto& constants : poseidon2::constants.final) full_round(x, constants);
  std::copy(x, x + poseidon2::width, state.begin());
}

Digest Poseidon2Hash::node(const Digest& left, const Digest& right) {
  return compress(left.data(), right.data());
}

Digest Poseidon2Hash::leaf(std::span<const KoalaBear> words) {
  const std::size_t blocks = std::max<std::size_t>(2, (words.size() + 7) / 8);
  const auto block = [&](std::size_t i) {
    Digest out{};
    for (std::size_t j = 0; j < 8 && 8 * i + j < words.size(); ++j) out[j] = words[8 * i + j];
    return out;
  };
  Digest chain = block(blocks - 1);
  for (std::size_t i = blocks - 1; i-- > 0;) chain = node(block(i), chain);
  chain[0] += KoalaBear::from(words.size());
  return chain;
}

}  // namespace cairn::engine
