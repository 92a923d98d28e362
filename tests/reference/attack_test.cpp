// Every field of the format altered, by sections as docs/proof-system/protocol.md §3 lists them: each is
// refused for the reason that its place calls for. And proofs put together from the parts of two.
#include <gtest/gtest.h>

#include "prover/prove/prover.h"
#include "prover/verify/verifier.h"
#include "tests/reference/format.h"
#include "tests/unit/prover/demo_machine.h"

namespace cairn::engine {
namespace {

using Bytes = std::vector<std::uint8_t>;
using test::Format;
using test::Section;

/// Of the demo machine with heights 8, 6, 7 at rate 1/2, rows 256, 64, 96: 832 cells, 512 fractions.
class Attack : public testing::Test {
 protected:
  static Bytes prove_demo(std::uint32_t x, std::uint64_t seed, LogHeights heights = {8, 6, 7}) {
    const std::vector<KoalaBear> publics = {KoalaBear::from(x), KoalaBear::from(6)};
    auto witness = Witness::allocate(DemoMachine::shape(), std::move(heights)).value();
    fill_demo(witness.tables(), 40, publics[0], publics[1], seed);
    return prove<DemoMachine>(std::move(witness), publics).value();
  }
  static const Bytes& proof() {
    static const Bytes made = prove_demo(5, 1);
    return made;
  }
  static VerifyError verdict(const Bytes& bytes, std::uint32_t x = 5) {
    const std::vector<KoalaBear> publics = {KoalaBear::from(x), KoalaBear::from(6)};
    return verify<DemoMachine>(bytes, publics).error;
  }
  static const std::vector<Section>& sections() {
    static const Format format(DemoMachine::shape(), proof());
    return format.sections();
  }
  static const Section& section(const std::string& name) {
    for (const Section& one : sections()) {
      if (one.name == name) return one;
    }
    throw std::logic_error(name);
  }

  static std::uint32_t word(const Bytes& bytes, std::size_t i) {
    std::uint32_t out = 0;
    for (std::size_t k = 4; k-- > 0;) out = out << 8 | bytes[4 * i + k];
    return out;
  }
  static void set_word(Bytes& bytes, std::size_t i, std::uint32_t value) {
    for (std::size_t k = 0; k < 4; ++k) bytes[4 * i + k] = static_cast<std::uint8_t>(value >> (8 * k));
  }
  static Quintic element(const Bytes& bytes, std::size_t i) {
    Quintic out;
    for (std::size_t k = 0; k < 5; ++k) out.c[k] = KoalaBear::from(word(bytes, i + k));
    return out;
  }
  static void set_element(Bytes& bytes, std::size_t i, const Quintic& value) {
    for (std::size_t k = 0; k < 5; ++k) set_word(bytes, i + k, value.c[k].canonical());
  }
};

/// Each word of each section altered: all of short ones, some of long ones.
TEST_F(Attack, EveryFieldOfTheFormatIsRefusedForItsReason) {
  const Bytes two_phases = prove_demo(5, 1, {8, 13, 13});
  for (const Bytes* whole : {&proof(), &two_phases}) {
    ASSERT_EQ(verdict(*whole), VerifyError::none);
    const Format format(DemoMachine::shape(), *whole);
    ASSERT_EQ(format.sections().back().end, whole->size() / 4);
    for (const Section& one : format.sections()) {
      const std::size_t size = one.end - one.begin, step = one.hints() ? size / 60 | 1 : size > 100 ? 7 : 1;
      for (std::size_t i = one.begin; i < one.end; i += step) {
        Bytes bytes = *whole;
        // The next rate may be allowed; with 16 more neither that nor those rows are.
        const bool shape = one.name == "rate" || one.name == "rows";
        set_word(bytes, i, (word(bytes, i) + (shape ? 16 : 1)) % KoalaBear::modulus);
        const VerifyError error = verdict(bytes);
        EXPECT_TRUE(one.reasons.contains(error))
            << one.name << ", word " << i - one.begin << ": " << verify_error_name(error);
      }
    }
  }
}

TEST_F(Attack, WordsOfOneSectionThatTradePlacesAreRefused) {
  for (const Section& one : sections()) {
    for (std::size_t i = one.begin; i + 1 < one.end; i += 3) {
      if (word(proof(), i) == word(proof(), i + 1)) continue;
      Bytes bytes = proof();
      set_word(bytes, i, word(proof(), i + 1));
      set_word(bytes, i + 1, word(proof(), i));
      const VerifyError error = verdict(bytes);
      EXPECT_TRUE(one.reasons.contains(error))
          << one.name << ", word " << i - one.begin << ": " << verify_error_name(error);
    }
  }
}

// The sum stays zero and the denominator is not, but the fractions are others.
TEST_F(Attack, AnotherTopLayerThatBalancesIsRefusedByTheNextLayer) {
  const std::size_t top = section("gkr top").begin;
  Bytes moved = proof();  // 1 from one half to the other
  set_element(moved, top, element(moved, top) + element(moved, top + 5));
  set_element(moved, top + 10, element(moved, top + 10) - element(moved, top + 15));
  EXPECT_EQ(verdict(moved), VerifyError::gkr_layer);

  Bytes both = proof();  // numerator and denominator of one half
  for (const std::size_t half : {top, top + 5}) set_element(both, half, element(both, half).doubled());
  EXPECT_EQ(verdict(both), VerifyError::gkr_layer);

  Bytes zero = proof();
  for (const std::size_t i : {top, top + 10}) set_element(zero, i, Quintic::zero());
  EXPECT_NE(verdict(zero), VerifyError::none) << "no interaction at all";
}

TEST_F(Attack, AZeroDenominatorIsRefusedEvenUnderAZeroNumerator) {
  const std::size_t top = section("gkr top").begin;
  Bytes bytes = proof();
  set_element(bytes, top, Quintic::zero());
  set_element(bytes, top + 5, Quintic::zero());
  EXPECT_EQ(verdict(bytes), VerifyError::zero_denominator);
}

// A false claim is not taken back by a value next to it.
TEST_F(Attack, ColumnValuesThatTradePlacesAreRefused) {
  const std::size_t columns = section("columns").begin;
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = i + 1; j < 8; ++j) {
      Bytes bytes = proof();
      set_element(bytes, columns + 5 * i, element(proof(), columns + 5 * j));
      set_element(bytes, columns + 5 * j, element(proof(), columns + 5 * i));
      EXPECT_EQ(verdict(bytes), VerifyError::zerocheck) << i << " " << j;
    }
  }
}

// The beginning of one proof and the end of another, of the same shape: the first section that is not of the
// transcript is the one that is refused.
TEST_F(Attack, PartsOfAnotherTranscriptAreRefused) {
  const Bytes same_statement = prove_demo(5, 2), other_statement = prove_demo(7, 1);
  ASSERT_EQ(verdict(same_statement), VerifyError::none);
  ASSERT_EQ(verdict(other_statement, 7), VerifyError::none);
  for (const Section& one : sections()) {
    if (one.begin <= 16) continue;  // the header says nothing of the trace
    for (const Bytes* other : {&same_statement, &other_statement}) {
      Bytes begun(proof().begin(), proof().begin() + static_cast<std::ptrdiff_t>(4 * one.begin));
      begun.insert(begun.end(), other->begin() + static_cast<std::ptrdiff_t>(4 * one.begin), other->end());
      EXPECT_TRUE(one.reasons.contains(verdict(begun)))
          << "up to " << one.name << ": " << verify_error_name(verdict(begun));
      Bytes ended(other->begin(), other->begin() + static_cast<std::ptrdiff_t>(4 * one.begin));
      ended.insert(ended.end(), proof().begin() + static_cast<std::ptrdiff_t>(4 * one.begin), proof().end());
      const VerifyError error = verdict(ended, other == &other_statement ? 7 : 5);
      EXPECT_TRUE(one.reasons.contains(error)) << "from " << one.name << ": " << verify_error_name(error);
    }
  }
  // Only the statement exchanged.
  Bytes restated = proof();
  set_word(restated, section("public values").begin, 7);
  EXPECT_EQ(verdict(restated, 7), VerifyError::bus_unbalanced);
}

TEST_F(Attack, ATableClaimedWithoutRowsIsRefused) {
  for (std::size_t table = 0; table < 3; ++table) {
    Bytes bytes = proof();
    set_word(bytes, section("rows").begin + table, 0);
    EXPECT_EQ(verdict(bytes), table == 1 ? VerifyError::bus_unbalanced : VerifyError::bad_height) << table;
  }
}

TEST_F(Attack, SectionsMissingOrTwiceAreRefused) {
  for (const Section& one : sections()) {
    const auto begin = static_cast<std::ptrdiff_t>(4 * one.begin),
               end = static_cast<std::ptrdiff_t>(4 * one.end);
    Bytes without = proof();
    without.erase(without.begin() + begin, without.begin() + end);
    EXPECT_NE(verdict(without), VerifyError::none) << one.name;
    Bytes twice = proof();
    twice.insert(twice.begin() + begin, proof().begin() + begin, proof().begin() + end);
    EXPECT_NE(verdict(twice), VerifyError::none) << one.name;
  }
}

}  // namespace
}  // namespace cairn::engine
