// Proofs that were made once and are kept: today's prover makes the same bytes, today's verifier accepts
// them. Who changes the format or the protocol raises kProofVersion and makes new ones:
//
//   CAIRN_GOLDEN_WRITE=1 ctest --preset release -R golden
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "prover/verify/verifier.h"
#include "tests/golden/trials.h"
#include "tests/reference/machines.h"

namespace cairn::engine {
namespace {

using test::Bytes;
using test::Golden;

struct Case {
  const char* name;
  std::function<Golden()> make;
  const MachineShape& (*machine)();
  reference::Machine (*described)();
};

const std::vector<Case>& cases() {
  // clang-format off
  static const std::vector<Case> all = {
      {"demo_rate_2", [] { return test::golden_demo({8, 6, 7}, 40, 1); }, DemoMachine::shape, reference::demo_machine},
      {"demo_rate_16", [] { return test::golden_demo({8, 5, 6}, 20, 4); }, DemoMachine::shape, reference::demo_machine},
      {"poseidon2_rate_4", [] { return test::golden_poseidon2(2); }, Poseidon2Machine::shape,
       reference::poseidon2_machine},
      {"calculator_rate_16", [] { return test::golden_calculator(4); }, Calculator::shape, reference::calculator},
  };
  // clang-format on
  return all;
}

std::filesystem::path path_of(const Case& one, std::uint32_t version = kProofVersion) {
  const char* source = std::getenv("CAIRN_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "tests/golden" /
         ("v" + std::to_string(version)) / (std::string(one.name) + ".proof");
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

TEST(Golden, ProofsAreMadeWithTheSameBytes) {
  for (const Case& one : cases()) {
    const Bytes proof = one.make().proof;
    if (std::getenv("CAIRN_GOLDEN_WRITE") != nullptr) {
      std::filesystem::create_directories(path_of(one).parent_path());
      std::ofstream(path_of(one), std::ios::binary)
          .write(reinterpret_cast<const char*>(proof.data()), static_cast<std::streamsize>(proof.size()));
    }
    EXPECT_TRUE(proof == read(path_of(one))) << one.name << ": other bytes than " << path_of(one);
  }
}

TEST(Golden, KeptProofsAreAccepted) {
  for (const Case& one : cases()) {
    const Bytes proof = read(path_of(one));
    ASSERT_FALSE(proof.empty()) << path_of(one);
    ProofHeader header;
    ASSERT_EQ(read_header(one.machine(), proof, header), VerifyError::none) << one.name;
    EXPECT_EQ(verify(one.machine(), proof, header.public_values).error, VerifyError::none) << one.name;
  }
}

TEST(Golden, KeptProofsAreAcceptedByTheReference) {
  for (const Case& one : cases()) {
    const Bytes proof = read(path_of(one));
    ProofHeader header;
    ASSERT_EQ(read_header(one.machine(), proof, header), VerifyError::none) << one.name;
    EXPECT_EQ(reference::verify(one.described(), proof, header.public_values), "none") << one.name;
  }
}

// Proofs of the versions before are kept too: they are refused for their version, by both verifiers.
TEST(Golden, ProofsOfEarlierVersionsAreRefused) {
  for (std::uint32_t version = 1; version < kProofVersion; ++version) {
    for (const Case& one : cases()) {
      Bytes proof = read(path_of(one, version));
      ASSERT_FALSE(proof.empty()) << path_of(one, version);
      ProofHeader header;
      EXPECT_EQ(read_header(one.machine(), proof, header), VerifyError::bad_header) << one.name;
      const std::vector<KoalaBear> publics = one.make().public_values;
      EXPECT_EQ(verify(one.machine(), proof, publics).error, VerifyError::bad_header) << one.name;
      EXPECT_EQ(reference::verify(one.described(), proof, publics), "bad_header") << one.name;
      proof[4] = static_cast<std::uint8_t>(kProofVersion);  // its transcript is another
      EXPECT_NE(verify(one.machine(), proof, publics).error, VerifyError::none) << one.name;
    }
  }
}

// A proof is about one machine: whole proofs cannot be exchanged.
TEST(Golden, AProofOfAnotherMachineIsRefused) {
  for (const Case& one : cases()) {
    for (const Case& other : cases()) {
      if (one.machine == other.machine) continue;
      const std::vector<KoalaBear> publics(other.machine().public_values, KoalaBear::zero());
      EXPECT_EQ(verify(other.machine(), read(path_of(one)), publics).error, VerifyError::other_machine);
    }
  }
}

}  // namespace
}  // namespace cairn::engine
