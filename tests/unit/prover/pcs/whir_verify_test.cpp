#include "prover/pcs/whir_verify.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/prover/pcs/example.h"
#include "tests/unit/prover/pcs/slow_prover.h"

namespace cairn::engine {
namespace {

Proof slow_proof(const Example& example, slow::Tamper tamper = {}, slow::Replacement replacement = {}) {
  Writer<Poseidon2Sponge> writer(whir_test_domain);
  slow::Prover prover(writer, *example.params, example.values, example.cells, std::move(tamper), replacement);
  prover.open(example.statements);
  return writer.take();
}

/// One proof per shape, made once.
const std::pair<Example, Proof>& proved(unsigned n, unsigned rate) {
  static std::map<std::pair<unsigned, unsigned>, std::pair<Example, Proof>> made;
  const auto key = std::pair{n, rate};
  if (const auto at = made.find(key); at != made.end()) return at->second;
  Example example(n, rate);
  Proof proof = slow_proof(example);
  return made.emplace(key, std::pair{std::move(example), std::move(proof)}).first->second;
}

TEST(WhirVerify, AcceptsWhatTheSlowProverProves) {
  for (const auto& [n, rate] : {std::pair{8U, 1U}, {9U, 4U}, {11U, 3U}, {15U, 1U}}) {
    const auto& [example, proof] = proved(n, rate);
    EXPECT_EQ(example.verify(proof).error, VerifyError::none) << n << " " << rate;
  }
}

TEST(WhirVerify, RefusesEachFalseClaim) {
  const auto& [example, proof] = proved(8, 1);
  for (std::size_t s = 0; s < example.statements.size(); ++s) {
    for (std::size_t c = 0; c < example.statements[s].claims.size(); ++c) {
      Example other = example;
      other.statements[s].claims[c].value.c[3] += KoalaBear::one();
      EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation);
      EXPECT_EQ(other.verify(slow_proof(other)).error, VerifyError::evaluation);
    }
  }
}

TEST(WhirVerify, RefusesClaimsThatTradePlaces) {
  const auto& [example, proof] = proved(8, 1);
  Example other = example;
  std::swap(other.statements[1].claims[0].value, other.statements[1].claims[1].value);
  EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation);
  other = example;
  std::swap(other.statements[1].claims[0].selector, other.statements[1].claims[1].selector);
  EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation);
  other = example;
  other.statements[0].point[0] += Quintic::one();
  EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation);
}

/// A claim about the sum of the pieces of a column is about each of them.
TEST(WhirVerify, RefusesPiecesWithAnotherCoefficientOrPlace) {
  const auto& [example, proof] = proved(8, 1);
  for (std::size_t piece = 0; piece < 2; ++piece) {
    Example other = example;
    other.statements[4].pieces[piece].coefficient += Quintic::one();
    EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation) << piece;
    other = example;
    ++other.statements[4].pieces[piece].first;
    EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation) << piece;
    other = example;
    other.statements[4].pieces.erase(other.statements[4].pieces.begin() + static_cast<std::ptrdiff_t>(piece));
    EXPECT_EQ(other.verify(proof).error, VerifyError::evaluation) << piece;
  }
}

/// Leaves have the words that the number of cells asks for: no others are read, and the number is bound.
TEST(WhirVerify, LeavesHaveTheBlocksThatHoldCells) {
  std::vector<Proof> proofs;
  for (const std::uint64_t eighths : {1u, 2u, 3u, 8u}) {
    Example example(8, 1, 1, eighths);
    EXPECT_EQ(whir_leaf_words(*example.params, example.cells), eighths == 1 ? 16 : 8 * eighths);
    proofs.push_back(slow_proof(example));
    EXPECT_EQ(example.verify(proofs.back()).error, VerifyError::none) << eighths;
    for (const std::uint64_t other : {2u, 4u, 8u}) {
      if (other == std::max<std::uint64_t>(2, eighths)) continue;
      example.cells = other << 5;
      EXPECT_NE(example.verify(proofs.back()).error, VerifyError::none) << eighths << " as " << other;
    }
  }
  EXPECT_LT(proofs[1].size() * 3 / 2, proofs[3].size());
  const WhirParams& params = *whir_params(8, 1);
  EXPECT_NE(whir_param_words(params, 16), whir_param_words(params, 24)) << "absorbed";
  EXPECT_EQ(whir_leaf_words(params, 64), 16u);
  EXPECT_EQ(whir_leaf_words(params, 65), 24u) << "a block that is begun counts";
}

TEST(WhirVerify, RefusesStatementsThatDoNotFit) {
  const auto& [example, proof] = proved(8, 1);
  Example other = example;
  other.statements[1].claims[0].selector = 8;
  EXPECT_EQ(other.verify(proof).error, VerifyError::bad_statement);
  other = example;
  other.statements[0].pieces[0].variables = 9;
  EXPECT_EQ(other.verify(proof).error, VerifyError::bad_statement) << "more than the point has";
  other.statements[0].point.push_back(Quintic::zero());
  EXPECT_EQ(other.verify(proof).error, VerifyError::bad_statement) << "more than P has";
  other = example;
  other.statements[4].pieces[1].first = (1u << 7) - 2;
  EXPECT_EQ(other.verify(proof).error, VerifyError::bad_statement);
  // Wraps around to places that there are.
  other.statements[4].claims.erase(other.statements[4].claims.begin());
  other.statements[4].pieces[1].first = ~std::uint64_t{0};
  EXPECT_EQ(other.verify(proof).error, VerifyError::bad_statement);
}

// The mistake this names: when the claim of the earlier phases and the first out-of-domain answer
// of a new phase both have coefficient 1, a prover of a false statement takes the error back in
// that answer, which nothing else pins.
TEST(WhirVerify, AnOutOfDomainAnswerCannotTakeBackAFalseClaim) {
  Example example(15, 1);
  example.statements[0].claims[0].value += Quintic::one();
  std::size_t errors = 0;
  const Proof proof = slow_proof(example, [&](std::size_t phase, std::size_t sample, const Quintic& error) {
    if (phase != 1 || sample != 0) return Quintic::zero();
    EXPECT_FALSE(error.is_zero());
    ++errors;
    return -error;
  });
  EXPECT_EQ(errors, 1U);
  EXPECT_EQ(example.verify(proof).error, VerifyError::evaluation);
}

TEST(WhirVerify, RefusesAFalseOutOfDomainAnswer) {
  for (std::size_t phase : {std::size_t{0}, std::size_t{1}}) {
    const Example example(15, 1);
    const Proof proof = slow_proof(example, [&](std::size_t at, std::size_t, const Quintic&) {
      return at == phase ? Quintic::one() : Quintic::zero();
    });
    EXPECT_EQ(example.verify(proof).error, VerifyError::evaluation);
  }
}

// Only the queried positions tell that the prover went on with another polynomial: its product with
// the weight has the right sum.
TEST(WhirVerify, RefusesAFinalPolynomialThatIsNotTheFoldedOne) {
  for (const auto& [n, rate] : {std::pair{8U, 1U}, {15U, 1U}}) {
    const Example example(n, rate);
    const Proof proof = slow_proof(example, {}, {true, 0});
    EXPECT_EQ(example.verify(proof).error, VerifyError::final_polynomial);
  }
}

TEST(WhirVerify, RefusesACommittedPolynomialThatIsNotTheFoldedOne) {
  const Example example(15, 1);
  EXPECT_EQ(example.verify(slow_proof(example, {}, {true, 1})).error, VerifyError::evaluation);
}

TEST(WhirVerify, RefusesEveryWordAltered) {
  const auto& [example, proof] = proved(8, 1);
  std::map<VerifyError, std::size_t> reasons;
  for (std::size_t i = 0; i < proof.size() / 4; ++i) {
    Proof other = proof;
    put_word(other, i, (word_of(proof, i) + 1) % KoalaBear::modulus);
    const VerifyError error = example.verify(other).error;
    ASSERT_NE(error, VerifyError::none) << "word " << i;
    ++reasons[error];
  }
  EXPECT_GT(reasons[VerifyError::proof_of_work], 0U);
  EXPECT_GT(reasons[VerifyError::merkle_root], 0U);
  EXPECT_GT(reasons[VerifyError::evaluation], 0U);
}

TEST(WhirVerify, RefusesWordsAlteredInProofsOfTwoPhases) {
  const auto& [example, proof] = proved(15, 1);
  const std::size_t words = proof.size() / 4;
  for (std::size_t i = 0; i < words; i += i < 90 || i + 60 > words ? 1 : 101) {
    Proof other = proof;
    put_word(other, i, (word_of(proof, i) + 1) % KoalaBear::modulus);
    ASSERT_NE(example.verify(other).error, VerifyError::none) << "word " << i;
  }
}

TEST(WhirVerify, RefusesEveryTruncationAndExtension) {
  const auto& [example, proof] = proved(8, 1);
  for (std::size_t size = 0; size < proof.size(); size += size % 4 == 3 ? 9 : 1) {
    ASSERT_NE(example.verify(std::span<const std::uint8_t>(proof).first(size)).error, VerifyError::none);
  }
  EXPECT_EQ(example.verify(std::span<const std::uint8_t>(proof).first(proof.size() - 4)).error,
            VerifyError::truncated);
  Proof longer = proof;
  longer.insert(longer.end(), 4, 0);
  EXPECT_EQ(example.verify(longer).error, VerifyError::trailing_bytes);
}

TEST(WhirVerify, RefusesWordsThatAreNotCanonical) {
  const auto& [example, proof] = proved(8, 1);
  for (std::size_t i = 0; i < proof.size() / 4; i += 13) {
    Proof other = proof;
    put_word(other, i, KoalaBear::modulus + word_of(proof, i) % 2);
    EXPECT_EQ(example.verify(other).error, VerifyError::non_canonical_word);
  }
}

TEST(WhirVerify, RefusesAnotherDomainAndOtherParameters) {
  const auto& [example, proof] = proved(9, 4);
  EXPECT_NE(example.verify(proof, Domain{"whir other", 1, {}}).error, VerifyError::none);
  EXPECT_NE(example.verify(proof, Domain{"whir test", 2, {}}).error, VerifyError::none);
  Example other = example;
  other.params = whir_params(9, 3);
  EXPECT_NE(other.verify(proof).error, VerifyError::none);
  WhirParams changed = *example.params;  // a number that nothing else depends on
  ++changed.phase[0].multiplicity;
  other.params = &changed;
  EXPECT_NE(other.verify(proof).error, VerifyError::none);
}

TEST(WhirVerify, RefusesRootsThatTradePlaces) {
  const auto& [example, proof] = proved(15, 1);
  // root, samples, six rounds with nonces, root of phase 1
  const std::size_t second = 8 + 5 * example.params->phase[0].samples + 6 * 11;
  Proof other = proof;
  for (std::size_t i = 0; i < 8; ++i) {
    put_word(other, i, word_of(proof, second + i));
    put_word(other, second + i, word_of(proof, i));
  }
  EXPECT_NE(example.verify(other).error, VerifyError::none);
}

TEST(WhirVerify, IsTotalOnAnyBytes) {
  const auto& [example, proof] = proved(8, 1);
  Random random(77);
  for (int round = 0; round < 400; ++round) {
    Proof other(random.below(2 * proof.size()));
    if (round % 2 == 0) {
      for (std::uint8_t& byte : other)
        byte = static_cast<std::uint8_t>(random.below(round % 4 == 0 ? 256 : 2));
    } else {  // a true beginning, then canonical words of chance
      other = proof;
      for (std::size_t i = random.below(proof.size() / 4); i < proof.size() / 4; ++i) {
        put_word(other, i, random.base().canonical());
      }
    }
    ASSERT_NE(example.verify(other).error, VerifyError::none);
  }
}

}  // namespace
}  // namespace cairn::engine
