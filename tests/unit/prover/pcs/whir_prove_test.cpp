#include "prover/pcs/whir_prove.h"

#include <gtest/gtest.h>

#include "prover/field/isa.h"
#include "prover/parallel.h"
#include "tests/unit/prover/pcs/example.h"
#include "tests/unit/prover/pcs/slow_prover.h"

namespace cairn::engine {
namespace {

Proof fast_proof(const Example& example) {
  Writer<Poseidon2Sponge> writer(whir_test_domain);
  WhirWitness<Poseidon2Hash> witness =
      commit<Poseidon2Hash>(writer, BaseVector::of(example.values), example.cells, *example.params);
  open(writer, std::move(witness), std::span<const Statement>(example.statements));
  return writer.take();
}

Proof slow_proof(const Example& example) {
  Writer<Poseidon2Sponge> writer(whir_test_domain);
  slow::Prover prover(writer, *example.params, example.values, example.cells);
  prover.open(example.statements);
  return writer.take();
}

/// Sets threads and instruction set, and puts them back.
class Machine {
 public:
  Machine(unsigned threads, Isa to) : threads_(thread_count()), isa_(isa()) {
    set_thread_count(threads);
    set_isa(to);
  }
  ~Machine() {
    set_thread_count(threads_);
    set_isa(isa_);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

 private:
  unsigned threads_;
  Isa isa_;
};

TEST(WhirProve, GivesTheBytesOfTheSlowProver) {
  for (const auto& [n, rate] : {std::pair{8U, 1U}, {10U, 2U}, {11U, 3U}, {9U, 4U}, {15U, 1U}}) {
    const Example example(n, rate, n);
    EXPECT_EQ(fast_proof(example), slow_proof(example)) << n << " " << rate;
  }
  for (const std::uint64_t eighths : {1u, 2u, 3u, 7u, 8u}) {
    const Example example(9, 2, eighths, eighths);
    EXPECT_EQ(fast_proof(example), slow_proof(example)) << eighths << " eighths";
  }
}

TEST(WhirProve, ProofsOfAllPhaseCountsAndRatesVerify) {
  for (const auto& [n, rate] : {std::pair{14U, 2U}, {16U, 4U}, {18U, 3U}, {19U, 1U}}) {
    const Example example(n, rate, n);
    EXPECT_EQ(example.verify(fast_proof(example)).error, VerifyError::none) << n << " " << rate;
  }
}

// Of 2^20 values; prover_bench has 2^24. What is drawn decides how many digests two openings share:
// bounds, not values.
TEST(WhirProve, ProofsAreSmallAndCheapToVerify) {
  struct Cost {
    unsigned log_inverse_rate;
    std::size_t kib_max;
    std::uint64_t permutations_max;
  };
  for (const Cost& cost : {Cost{1, 150, 4950}, Cost{2, 102, 3350}, Cost{4, 73, 2450}}) {
    const Example example(20, cost.log_inverse_rate, 1, 8);
    const Proof proof = fast_proof(example);
    const Example::Verdict verdict = example.verify(proof);
    EXPECT_EQ(verdict.error, VerifyError::none);
    EXPECT_LE(proof.size(), cost.kib_max * 1024);
    EXPECT_LE(verdict.permutations, cost.permutations_max);
    EXPECT_GE(verdict.permutations, cost.permutations_max * 9 / 10) << "all are counted";
  }
}

TEST(WhirProve, BytesDependOnNeitherThreadsNorInstructionSet) {
  const Example example(17, 2);
  const Proof expected = fast_proof(example);
  for (Isa set : {Isa::scalar, Isa::avx2, Isa::avx512}) {
    if (set > best_isa()) continue;
    for (unsigned threads : {1U, 2U, 4U}) {
      const Machine machine(threads, set);
      EXPECT_EQ(fast_proof(example), expected) << isa_name(set) << " " << threads;
    }
  }
}

TEST(WhirProve, FalseClaimsAreOpenedAndDoNotVerify) {
  Example example(17, 1);
  example.statements[1].claims[3].value += Quintic::one();
  EXPECT_EQ(example.verify(fast_proof(example)).error, VerifyError::evaluation);
}

TEST(WhirProve, AllZeroValuesAreAPolynomialLikeAnyOther) {
  Example example(12, 1);
  std::fill(example.values.begin(), example.values.end(), KoalaBear::zero());
  for (Statement& statement : example.statements) {
    for (Claim& claim : statement.claims) claim.value = Quintic::zero();
  }
  const Proof proof = fast_proof(example);
  EXPECT_EQ(example.verify(proof).error, VerifyError::none);
  example.statements[0].claims[0].value = Quintic::one();
  EXPECT_EQ(example.verify(fast_proof(example)).error, VerifyError::evaluation);
}

TEST(WhirProve, NoStatementsAtAllAreProved) {
  Example example(10, 1);
  example.statements.clear();
  EXPECT_EQ(example.verify(fast_proof(example)).error, VerifyError::none);
}

TEST(WhirProve, OverlappingAndRepeatedClaimsCountEachTime) {
  Example example(13, 1);
  example.statements.push_back(example.statements[1]);
  example.statements.push_back(example.statements[0]);
  example.statements[1].claims.push_back(example.statements[1].claims[0]);
  EXPECT_EQ(example.verify(fast_proof(example)).error, VerifyError::none);
}

}  // namespace
}  // namespace cairn::engine
