// WHIR with another hash and another sponge than Poseidon2: the last layer will bring Keccak-256.
// What stands here in for it differs in all that the templates leave open: digests of nine words, a
// sponge of another width, no batched form.
#include <gtest/gtest.h>

#include "prover/pcs/whir_prove_of.h"
#include "prover/pcs/whir_verify_of.h"
#include "tests/unit/prover/pcs/example.h"

namespace cairn::engine {
namespace {

/// Poseidon2 in one more word of state, which stays; and the words in another order.
struct OtherPermutation {
  static constexpr std::size_t width = 20;
  static void permute(std::array<KoalaBear, width>& state) {
    std::array<KoalaBear, 16> inner{};
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < 16; ++i) inner[i] = state[i + 4];
      engine::permute(inner);
      for (std::size_t i = 0; i < 16; ++i) state[i + 4] = inner[i];
      for (std::size_t i = 0; i < 4; ++i) state[i] += inner[i];
      std::rotate(state.begin(), state.begin() + 7, state.end());
    }
  }
};
using OtherSponge = DuplexSponge<OtherPermutation>;
static_assert(OtherSponge::rate == 10);

std::uint32_t smallest_nonce(const OtherSponge& sponge, unsigned bits) {
  using T = Transcript<OtherSponge>;
  for (std::uint32_t nonce = 0;; ++nonce) {
    OtherSponge attempt = sponge;
    attempt.absorb(T::nonce_block(KoalaBear::from(nonce)));
    if (T::meets(attempt.output(T::checked_word), bits)) return nonce;
  }
}

struct OtherHash {
  using Digest = std::array<KoalaBear, 9>;
  static constexpr std::size_t node_permutations = 3;
  static constexpr std::size_t leaf_permutations(std::size_t words) { return words; }
  static Digest leaf(std::span<const KoalaBear> words) {
    OtherSponge sponge;
    for (KoalaBear word : words) sponge.absorb({word});
    return digest(sponge);
  }
  static Digest node(const Digest& left, const Digest& right) {
    OtherSponge sponge;
    for (const Digest& child : {left, right}) {
      OtherSponge::Block block{};
      std::copy(child.begin(), child.end(), block.begin());
      sponge.absorb(block);
    }
    return digest(sponge);
  }

 private:
  static Digest digest(const OtherSponge& sponge) {
    Digest out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = sponge.output(i);
    return out;
  }
};

TEST(WhirWithAnotherHash, ProvesAndVerifies) {
  for (const auto& [n, rate] : {std::pair{8U, 4U}, {15U, 1U}}) {
    Example example(n, rate);
    WhirParams params = *example.params;  // with little work: this sponge is slow
    for (WhirPhase& phase : params.phase) phase.fold_pow = phase.query_pow = 4;
    example.params = &params;
    Writer<OtherSponge> writer(whir_test_domain);
    auto witness = commit<OtherHash>(writer, BaseVector::of(example.values), example.cells, *example.params);
    open(writer, std::move(witness), std::span<const Statement>(example.statements));
    Proof proof = writer.take();
    const auto verdict = [&] {
      Reader<OtherSponge> reader(proof, whir_test_domain);
      const auto commitment = read_commitment<OtherHash>(reader, *example.params, example.cells);
      verify_opening(reader, commitment, std::span<const Statement>(example.statements));
      return reader.finish();
    };
    EXPECT_EQ(verdict(), VerifyError::none) << n << " " << rate;
    proof[0] ^= 1;
    EXPECT_NE(verdict(), VerifyError::none);
  }
}

}  // namespace
}  // namespace cairn::engine
