#include "prover/transcript/transcript.h"

#include <gtest/gtest.h>

#include <set>

#include "prover/transcript/poseidon2_sponge.h"
#include "tests/unit/prover/transcript/support.h"

namespace cairn::engine {
namespace {

using Poseidon2Transcript = Transcript<Poseidon2Sponge>;

Domain domain(std::string_view label = "test", std::uint32_t version = 1, std::uint32_t first_param = 0) {
  Domain out{label, version, {}};
  out.params[0] = KoalaBear::from(first_param);
  return out;
}

std::vector<KoalaBear> words(std::initializer_list<std::uint32_t> canonical) {
  std::vector<KoalaBear> out;
  for (std::uint32_t word : canonical) out.push_back(KoalaBear::from(word));
  return out;
}

std::uint32_t next(Poseidon2Transcript transcript) { return transcript.word().canonical(); }

TEST(Transcript, BlocksAreHeaderWordsAndZeros) {
  ScriptedPermutation::start({});
  Transcript<ScriptedSponge> transcript(domain("cairn", 7, 9));
  // domain: header 1 + 16 * 12, version, label length, "cai", "rn", 8 words of params
  ASSERT_EQ(ScriptedPermutation::absorbed.size(), 2U);
  EXPECT_EQ(ScriptedPermutation::absorbed[0],
            (std::array<std::uint32_t, 8>{1 + 16 * 12, 7, 5, 0x696163, 0x6e72, 9, 0, 0}));
  EXPECT_EQ(ScriptedPermutation::absorbed[1], (std::array<std::uint32_t, 8>{}));
  transcript.absorb(Message::values, words({5, 6, 7, 8, 9, 10, 11}));
  ASSERT_EQ(ScriptedPermutation::absorbed.size(), 3U) << "header and seven words fill one block";
  EXPECT_EQ(ScriptedPermutation::absorbed[2],
            (std::array<std::uint32_t, 8>{3 + 16 * 7, 5, 6, 7, 8, 9, 10, 11}));
  transcript.absorb(Message::values, words({5, 6, 7, 8, 9, 10, 11, 12}));
  ASSERT_EQ(ScriptedPermutation::absorbed.size(), 5U);
  EXPECT_EQ(ScriptedPermutation::absorbed[4], (std::array<std::uint32_t, 8>{12}));
  transcript.absorb(
      std::array{Quintic{{words({1})[0], words({2})[0], words({3})[0], words({4})[0], words({5})[0]}}});
  EXPECT_EQ(ScriptedPermutation::absorbed[5],
            (std::array<std::uint32_t, 8>{4 + 16 * 5, 1, 2, 3, 4, 5, 0, 0}));
}

TEST(Transcript, DrawsWordsInOrderAndRefillsWithAnEmptyMessage) {
  ScriptedPermutation::start({{}, {}, {1, 2, 3, 4, 5, 6, 7, 8}, {11, 12, 13, 14, 15, 16, 17, 18}});
  Transcript<ScriptedSponge> transcript(domain("cairn"));
  transcript.absorb(Message::values, words({0}));
  const Quintic first = transcript.challenge(), second = transcript.challenge();
  EXPECT_EQ(first.c[4].canonical(), 5U);
  EXPECT_EQ(second.c[2].canonical(), 8U);
  EXPECT_EQ(second.c[3].canonical(), 11U);
  EXPECT_EQ(ScriptedPermutation::absorbed.back(), (std::array<std::uint32_t, 8>{7}));
}

TEST(Transcript, WordsLeftOverAreLostWhenSomethingIsAbsorbed) {
  ScriptedPermutation::start({{}, {}, {1, 2, 3, 4, 5, 6, 7, 8}, {11, 12, 13, 14, 15, 16, 17, 18}});
  Transcript<ScriptedSponge> transcript(domain("cairn"));
  transcript.absorb(Message::values, words({0}));
  EXPECT_EQ(transcript.word().canonical(), 1U);
  transcript.absorb(Message::values, words({0}));
  EXPECT_EQ(transcript.word().canonical(), 11U);
}

TEST(Transcript, LabelVersionAndParamsSeparate) {
  std::set<std::uint32_t> seen;
  for (const Domain& d : {domain(), domain("test2"), domain("tes"), domain(std::string_view("test\0", 5)),
                          domain("test", 2), domain("test", 1, 1)}) {
    seen.insert(next(Poseidon2Transcript(d)));
  }
  EXPECT_EQ(seen.size(), 6U);
}

TEST(Transcript, LengthKindAndOrderAreBound) {
  std::set<std::uint32_t> seen;
  const auto after = [&](auto&&... absorb) {
    Poseidon2Transcript transcript(domain());
    (absorb(transcript), ...);
    seen.insert(next(transcript));
  };
  const auto values = [](std::initializer_list<std::uint32_t> list, Message kind = Message::values) {
    return [w = words(list), kind](Poseidon2Transcript& t) { t.absorb(kind, w); };
  };
  after(values({1, 2}));
  after(values({2, 1}));
  after(values({1, 2, 0}));
  after(values({1, 2, 0, 0, 0, 0, 0, 0}));
  after(values({1}), values({2}));
  after(values({}), values({1, 2}));
  after(values({1, 2}), values({}));
  after(values({1, 2}, Message::observed));
  after(values({1, 2}, Message::root));
  EXPECT_EQ(seen.size(), 9U);
}

TEST(Transcript, IndexSkipsTheOneWordThatBiases) {
  constexpr std::uint32_t biased = KoalaBear::modulus - 1;
  ScriptedPermutation::start({{}, {}, {biased, 0x12345678, biased, biased, 0x01ffffff, 0, 0, 0}});
  Transcript<ScriptedSponge> transcript(domain("cairn"));
  transcript.absorb(Message::values, words({0}));
  EXPECT_EQ(transcript.index(12), 0x678U);
  EXPECT_EQ(transcript.index(24), 0xffffffU);
  EXPECT_EQ(transcript.index(0), 0U);
}

// The mistake this names: a proof of work forces the low bits of a word to zero; when that word
// then becomes a challenge or an index, the work buys nothing, because the challenges left are as
// many times fewer.
TEST(Transcript, CheckedWordOfAProofOfWorkIsNeverDrawn) {
  constexpr std::uint32_t checked = 0x00ff0000;
  ScriptedPermutation::start({{}, {}, {1, 2, 3, 4, 5, 6, 7, checked}, {21, 22, 23, 24, 25, 26, 27, 28}});
  Transcript<ScriptedSponge> transcript(domain("cairn"));
  ASSERT_TRUE(transcript.absorb_nonce(KoalaBear::from(77), 16));
  EXPECT_EQ(ScriptedPermutation::absorbed.back(), (std::array<std::uint32_t, 8>{6 + 16, 77}));
  std::vector<std::uint32_t> drawn;
  for (int i = 0; i < 8; ++i) drawn.push_back(transcript.word().canonical());
  EXPECT_EQ(drawn, (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 21}));

  Poseidon2Transcript real(domain());
  std::uint32_t nonce = 0;
  while (true) {
    Poseidon2Transcript attempt = real;
    if (attempt.absorb_nonce(KoalaBear::from(nonce++), 8)) {
      real = attempt;
      break;
    }
  }
  const KoalaBear forced = real.sponge().output(Poseidon2Transcript::checked_word);
  EXPECT_EQ(forced.canonical() & 0xff, 0U);
  for (int i = 0; i < 64; ++i) EXPECT_NE(real.word(), forced);
}

TEST(Transcript, ProofOfWorkIsOnTheCanonicalFormAndNeverEasierThanItsBits) {
  using T = Poseidon2Transcript;
  EXPECT_TRUE(T::meets(KoalaBear::from(0x00100000), 20));
  EXPECT_FALSE(T::meets(KoalaBear::from(0x00100000), 21));
  EXPECT_FALSE(T::meets(KoalaBear::from_raw(0x00100000), 20));
  EXPECT_FALSE(T::meets(KoalaBear::from(KoalaBear::modulus - 1), 1))
      << "one residue more would make zero likelier";
  EXPECT_TRUE(T::meets(KoalaBear::zero(), pow_bits_max));
}

TEST(Transcript, DigestOfDependsOnLabelAndWords) {
  const auto digest = [](std::string_view label, std::initializer_list<std::uint32_t> list) {
    std::array<std::uint32_t, 8> out{};
    const auto d = digest_of<Poseidon2Sponge>(label, words(list));
    for (std::size_t i = 0; i < 8; ++i) out[i] = d[i].canonical();
    return out;
  };
  EXPECT_EQ(digest("a", {1}), digest("a", {1}));
  EXPECT_NE(digest("a", {1}), digest("b", {1}));
  EXPECT_NE(digest("a", {1}), digest("a", {1, 0}));
}

}  // namespace
}  // namespace cairn::engine
