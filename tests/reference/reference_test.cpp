// Two verifiers, one opinion: the engine's and the one written from docs/proof-system/ alone.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/verify/verifier.h"
#include "tests/reference/machines.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::reference {
namespace {

using Bytes = std::vector<std::uint8_t>;
using engine::DemoMachine;

const Words publics = {word_of(5), word_of(6)};
const Machine& demo() {
  static const Machine machine = demo_machine();
  return machine;
}

Bytes demo_proof(engine::LogHeights heights, std::size_t cubes, unsigned log_inverse_rate) {
  auto witness = engine::Witness::allocate(DemoMachine::shape(), std::move(heights)).value();
  engine::fill_demo(witness.tables(), cubes, publics[0], publics[1], 1);
  return engine::prove<DemoMachine>(std::move(witness), publics, {log_inverse_rate, nullptr}).value();
}

std::string fast(const Bytes& proof, const Words& expected) {
  return std::string(engine::verify_error_name(engine::verify<DemoMachine>(proof, expected).error));
}

/// Both verdicts are the same, with the same reason.
void agree(const Bytes& proof, const Words& expected, const std::string& what) {
  EXPECT_EQ(verify(demo(), proof, expected), fast(proof, expected)) << what;
}

TEST(Reference, HasTheSameDigestOfTheMachine) {
  const Words digest = digest_of(demo());
  EXPECT_TRUE(std::equal(digest.begin(), digest.end(), DemoMachine::shape().digest.begin()));
}

TEST(Reference, AcceptsProofsOfEveryShapeAndRate) {
  for (const unsigned rate : {1u, 2u, 3u, 4u}) {
    EXPECT_EQ(verify(demo(), demo_proof({8, 6, 7}, 40, rate), publics), "none") << rate;
  }
  EXPECT_EQ(verify(demo(), demo_proof({8, 4, 4}, 15, 1), publics), "none") << "smallest";
  EXPECT_EQ(verify(demo(), demo_proof({8, 0, 4}, 0, 2), publics), "none") << "absent table";
  EXPECT_EQ(verify(demo(), demo_proof({8, 13, 13}, 5000, 1), publics), "none") << "two phases";
}

TEST(Reference, AgreesOnEveryAlteredWord) {
  const Bytes proof = demo_proof({8, 5, 6}, 20, 4);
  const std::size_t words = proof.size() / 4;
  for (std::size_t word = 0; word < words; word += word < 300 ? 1 : 23) {
    Bytes altered = proof;
    altered[4 * word] ^= 1;
    agree(altered, publics, "word " + std::to_string(word) + " of " + std::to_string(words));
    altered = proof;
    for (std::size_t k = 0; k < 4; ++k) altered[4 * word + k] = 0xff;
    agree(altered, publics, "word " + std::to_string(word) + " too large");
  }
}

TEST(Reference, AgreesOnAProofOfSeveralPhases) {
  const Bytes proof = demo_proof({8, 13, 13}, 5000, 4);
  const std::size_t words = proof.size() / 4;
  for (std::size_t word = 16; word < words; word += 131) {
    Bytes altered = proof;
    altered[4 * word + 1] ^= 0x10;
    agree(altered, publics, "word " + std::to_string(word) + " of " + std::to_string(words));
  }
}

TEST(Reference, AgreesOnLengthsHeadersAndPublicValues) {
  const Bytes proof = demo_proof({8, 5, 6}, 20, 4);
  for (std::size_t size = 0; size < proof.size(); size += size < 100 ? 1 : 997) {
    agree(Bytes(proof.begin(), proof.begin() + static_cast<std::ptrdiff_t>(size)), publics, std::to_string(size) + " bytes");
  }
  Bytes longer = proof;
  longer.insert(longer.end(), 4, 0);
  agree(longer, publics, "a word more");
  for (std::size_t word = 10; word < 14; ++word) {
    for (std::uint8_t value = 0; value < 26; ++value) {
      Bytes altered = proof;
      altered[4 * word] = value;
      agree(altered, publics, "word " + std::to_string(word) + " is " + std::to_string(value));
    }
  }
  agree(proof, {word_of(6), word_of(5)}, "other public values");
  agree(proof, {word_of(5)}, "too few public values");
}

}  // namespace
}  // namespace cairn::reference
