// Two verifiers, one opinion: the engine's and the one that follows docs/proof-system/ step by step.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/verify/verifier.h"
#include "tests/reference/machines.h"
#include "tests/unit/prover/machine_trials.h"

namespace cairn::reference {
namespace {

using Bytes = std::vector<std::uint8_t>;
using engine::Calculator;
using engine::DemoMachine;
using engine::Poseidon2Machine;
using engine::test::Trial;

template <class M>
const Machine& described() {
  static const Machine machine = std::is_same_v<M, DemoMachine>        ? demo_machine()
                                 : std::is_same_v<M, Poseidon2Machine> ? poseidon2_machine()
                                                                       : calculator();
  return machine;
}

/// The proof of an honest trace.
struct Proved {
  Bytes bytes;
  Words publics;
};

template <class M>
Proved proved(unsigned log_inverse_rate) {
  Trial trial = engine::test::honest_trial<M>();
  Bytes bytes =
      engine::prove<M>(std::move(trial.witness), trial.public_values, {log_inverse_rate, nullptr}).value();
  return {std::move(bytes), std::move(trial.public_values)};
}

/// Both verdicts are the same, with the same reason; which is returned.
template <class M>
std::string agreed(const Bytes& proof, const Words& publics, const std::string& what) {
  const std::string fast(engine::verify_error_name(engine::verify<M>(proof, publics).error));
  EXPECT_EQ(verify(described<M>(), proof, publics), fast) << what;
  return fast;
}

template <class M>
class Reference : public testing::Test {};
using Machines = testing::Types<DemoMachine, Poseidon2Machine, Calculator>;
TYPED_TEST_SUITE(Reference, Machines);

TYPED_TEST(Reference, HasTheSameDigestOfTheMachine) {
  const Words digest = digest_of(described<TypeParam>());
  EXPECT_TRUE(std::equal(digest.begin(), digest.end(), TypeParam::shape().digest.begin()));
}

TYPED_TEST(Reference, AcceptsProofsAtEveryRate) {
  for (const unsigned rate : {1u, 2u, 3u, 4u}) {
    const Proved made = proved<TypeParam>(rate);
    EXPECT_EQ(agreed<TypeParam>(made.bytes, made.publics, "honest"), "none") << rate;
  }
}

TYPED_TEST(Reference, AgreesOnAlteredWords) {
  const Proved made = proved<TypeParam>(4);
  const std::size_t words = made.bytes.size() / 4, step = words / 50 | 1;
  for (std::size_t word = 0; word < words; word += word < 40 ? 1 : step) {
    const std::string what = "word " + std::to_string(word) + " of " + std::to_string(words);
    Bytes altered = made.bytes;
    altered[4 * word] ^= 1;
    EXPECT_NE(agreed<TypeParam>(altered, made.publics, what), "none") << what;
    if (word % 4 != 0) continue;
    altered = made.bytes;
    for (std::size_t k = 0; k < 4; ++k) altered[4 * word + k] = 0xff;
    EXPECT_NE(agreed<TypeParam>(altered, made.publics, what), "none") << what << " too large";
  }
}

TYPED_TEST(Reference, AgreesOnLengthsHeadersAndPublicValues) {
  const Proved made = proved<TypeParam>(4);
  const std::size_t size = made.bytes.size();
  for (std::size_t length = 0; length < size; length += length < 100 ? 1 : size / 20) {
    agreed<TypeParam>(Bytes(made.bytes.begin(), made.bytes.begin() + static_cast<std::ptrdiff_t>(length)),
                      made.publics, std::to_string(length) + " bytes");
  }
  Bytes longer = made.bytes;
  longer.insert(longer.end(), 4, 0);
  EXPECT_EQ(agreed<TypeParam>(longer, made.publics, "a word more"), "trailing_bytes");
  // The rate and the rows.
  const auto with_word = [&](std::size_t word, std::uint32_t value) {
    Bytes altered = made.bytes;
    for (std::size_t k = 0; k < 4; ++k) altered[4 * word + k] = static_cast<std::uint8_t>(value >> (8 * k));
    agreed<TypeParam>(altered, made.publics, "word " + std::to_string(word) + " is " + std::to_string(value));
  };
  for (std::size_t word = 10; word < 11 + TypeParam::tables; ++word) {
    for (std::uint32_t value = 0; value < 34; ++value) with_word(word, value);
    for (const std::uint32_t value : {48u, 64u, 96u, 128u, 160u, 240u, 256u, 1u << 15, 0x9000u, 0x9800u,
                                      0xf000u, 0x10000u, 0x12000u, 1u << 20, 1u << 23, 1u << 24, 1u << 25}) {
      with_word(word, value);
    }
  }
  Words others = made.publics;
  others[0] += KoalaBear::one();
  EXPECT_EQ(agreed<TypeParam>(made.bytes, others, "other public values"), "public_values");
  others.pop_back();
  EXPECT_EQ(agreed<TypeParam>(made.bytes, others, "too few public values"), "public_values");
}

/// What an honest prover makes of a trace with one cell wrong.
TYPED_TEST(Reference, AgreesOnProofsOfWrongTraces) {
  const Trial trial = engine::test::honest_trial<TypeParam>();
  std::size_t refused = 0;
  for (std::size_t t = 0; t < TypeParam::tables; ++t) {
    const auto& table = trial.witness.table(t);
    if (table.cells == nullptr) continue;
    for (std::size_t column = 0; column < table.width; column += 13) {
      Trial wrong = engine::test::honest_trial<TypeParam>();
      wrong.witness.table(t).at(trial.real_rows[t] / 2, column) += KoalaBear::one();
      const Bytes proof =
          engine::prove<TypeParam>(std::move(wrong.witness), wrong.public_values, {4, nullptr}).value();
      refused += agreed<TypeParam>(proof, wrong.public_values, "column " + std::to_string(column)) != "none";
    }
  }
  EXPECT_GE(refused, 3u);
}

TEST(ReferenceDemo, AgreesOnProofsOfEveryShape) {
  const auto demo_proof = [](engine::LogHeights heights, std::size_t cubes, unsigned rate) {
    auto witness = engine::Witness::allocate(DemoMachine::shape(), std::move(heights)).value();
    engine::fill_demo(witness.tables(), cubes, word_of(5), word_of(6), 1);
    return engine::prove<DemoMachine>(std::move(witness), Words{word_of(5), word_of(6)}, {rate, nullptr})
        .value();
  };
  const Words publics = {word_of(5), word_of(6)};
  const auto accepted = [&](const Bytes& proof) {
    return agreed<DemoMachine>(proof, publics, "honest") == "none";
  };
  EXPECT_TRUE(accepted(demo_proof({8, 4, 4}, 15, 1))) << "smallest";
  EXPECT_TRUE(accepted(demo_proof({8, 0, 4}, 0, 2))) << "absent table";
  EXPECT_TRUE(accepted(demo_proof({8, 13, 13}, 5000, 1))) << "two phases";
  for (const std::size_t cubes :
       {63u, 64u, 95u, 96u, 128u, 300u, 511u, 512u, 4100u})  // rows that are not committed
    EXPECT_TRUE(accepted(demo_proof({8, 13, 13}, cubes, 4))) << cubes;
  const Bytes proof = demo_proof({8, 13, 13}, 5000, 4);
  for (std::size_t word = 16; word < proof.size() / 4; word += 131) {
    Bytes altered = proof;
    altered[4 * word + 1] ^= 0x10;
    EXPECT_NE(agreed<DemoMachine>(altered, publics, "word " + std::to_string(word)), "none") << word;
  }
}

}  // namespace
}  // namespace cairn::reference
