#include "prover/transcript/reader.h"

#include <gtest/gtest.h>

#include "prover/transcript/grind.h"
#include "prover/transcript/writer.h"

namespace cairn::engine {
namespace {

const Domain domain{"reader test", 1, {}};
using Proof = std::vector<std::uint8_t>;

KoalaBear k(std::uint32_t x) { return KoalaBear::from(x); }

/// One message of each kind, with draws between them, as both sides do it. A reader of an honest proof
/// compares.
template <class Side>
std::vector<std::uint32_t> exchange(Side& side, bool is_honest = true) {
  constexpr bool writes = requires { side.take(); };
  std::vector<std::uint32_t> drawn;
  const auto draw = [&] {
    for (KoalaBear word : side.challenge().c) drawn.push_back(word.canonical());
    drawn.push_back(side.index(17));
  };
  side.observe(std::array{k(4), k(5)});
  std::array root{k(1), k(2), k(3), k(4), k(5), k(6), k(7), k(8)};
  std::array<Quintic, 2> elements{Quintic{{k(9), k(8), k(7), k(6), k(5)}}, Quintic::one()};
  std::array hints{k(31), k(32), k(33)};
  if constexpr (writes) {
    side.values(root, Message::root);
    draw();
    side.extension(elements);
    side.grind(9);
    draw();
    side.hint(hints);
    side.grind(0);
    draw();
  } else {
    std::array<KoalaBear, 8> root_in{};
    std::array<Quintic, 2> elements_in{};
    std::array<KoalaBear, 3> hints_in{};
    side.values(root_in, Message::root);
    draw();
    side.extension(elements_in);
    side.grind(9);
    draw();
    side.hint(hints_in);
    side.grind(0);
    draw();
    if (side.ok() && is_honest) {
      EXPECT_EQ(elements_in, elements);
      EXPECT_EQ(hints_in, hints);
      EXPECT_EQ(root_in, root);
    }
  }
  return drawn;
}

Proof honest(std::vector<std::uint32_t>* drawn = nullptr) {
  Writer<Poseidon2Sponge> writer(domain);
  auto words = exchange(writer);
  if (drawn) *drawn = words;
  return writer.take();
}

VerifyError verdict(const Proof& proof, const Domain& d = domain) {
  Reader<Poseidon2Sponge> reader(proof, d);
  exchange(reader);
  return reader.finish();
}

void put(Proof& proof, std::size_t word, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) proof[4 * word + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

TEST(Reader, DrawsWhatTheWriterDrew) {
  std::vector<std::uint32_t> written;
  const Proof proof = honest(&written);
  EXPECT_EQ(proof.size(), 4U * (8 + 10 + 1 + 3));
  Reader<Poseidon2Sponge> reader(proof, domain);
  EXPECT_EQ(exchange(reader), written);
  EXPECT_EQ(reader.finish(), VerifyError::none);
}

TEST(Reader, WordsAreLittleEndianAndCanonical) {
  const Proof proof = honest();
  EXPECT_EQ(proof[4], 2);
  EXPECT_EQ(proof[5] | proof[6] | proof[7], 0);
}

// All but hints: each word of a root, of a message and of a nonce changes everything that is drawn behind it,
// and nothing before.
TEST(Reader, WhatIsReadIsAbsorbedBeforeTheNextDraw) {
  std::vector<std::uint32_t> honest_words;
  const Proof proof = honest(&honest_words);
  const auto drawn_with = [&](std::size_t word) {
    Proof altered = proof;
    put(altered, word, (altered[4 * word] ^ 1U) | std::uint32_t{altered[4 * word + 1]} << 8);
    Reader<Poseidon2Sponge> reader(altered, domain);
    return exchange(reader, false);
  };
  for (std::size_t word = 0; word < proof.size() / 4; ++word) {
    const auto drawn = drawn_with(word);
    for (std::size_t draw = 0; draw < 3; ++draw) {
      const bool behind = word < 8 || (word < 19 && draw >= 1);
      for (std::size_t i = 6 * draw; i < 6 * draw + 6; ++i) {
        EXPECT_EQ(drawn[i] != honest_words[i], behind) << "word " << word << ", draw " << i;
      }
    }
  }
}

TEST(Reader, EveryTruncationIsNamed) {
  const Proof proof = honest();
  for (std::size_t size = 0; size < proof.size(); ++size) {
    const std::span<const std::uint8_t> all(proof);
    Reader<Poseidon2Sponge> reader(all.first(size), domain);
    exchange(reader);
    EXPECT_TRUE(reader.error() == VerifyError::truncated || reader.error() == VerifyError::proof_of_work)
        << size;
    EXPECT_NE(reader.finish(), VerifyError::none);
  }
  EXPECT_EQ(verdict({proof.begin(), proof.end() - 1}), VerifyError::truncated);
}

TEST(Reader, BytesLeftOverAreRefused) {
  Proof proof = honest();
  proof.push_back(0);
  EXPECT_EQ(verdict(proof), VerifyError::trailing_bytes);
  proof.insert(proof.end(), 3, 0);
  EXPECT_EQ(verdict(proof), VerifyError::trailing_bytes);
}

TEST(Reader, WordsOfPOrMoreAreRefused) {
  for (std::size_t word : {std::size_t{0}, std::size_t{9}, std::size_t{18}, std::size_t{21}}) {
    for (std::uint32_t value : {KoalaBear::modulus, KoalaBear::modulus + 1, 0xffffffffU}) {
      Proof proof = honest();
      put(proof, word, value);
      EXPECT_EQ(verdict(proof), VerifyError::non_canonical_word);
    }
  }
}

TEST(Reader, AnotherNonceIsNoProofOfWork) {
  Proof proof = honest();
  put(proof, 18, (proof[72] | std::uint32_t{proof[73]} << 8) + 1);
  EXPECT_EQ(verdict(proof), VerifyError::proof_of_work);
}

TEST(Reader, FirstErrorStaysAndReadsGiveZeros) {
  Reader<Poseidon2Sponge> reader({}, domain);
  std::array<KoalaBear, 2> out{k(1), k(2)};
  reader.values(out);
  EXPECT_EQ(out, (std::array{k(0), k(0)}));
  reader.fail(VerifyError::evaluation);
  EXPECT_EQ(reader.finish(), VerifyError::truncated);
}

TEST(Grind, FindsTheSmallestNonce) {
  for (std::uint32_t seed = 0; seed < 4; ++seed) {
    Writer<Poseidon2Sponge> writer(domain);
    writer.observe(std::array{k(seed)});
    Transcript<Poseidon2Sponge> plain(domain);
    plain.absorb(Message::observed, std::array{k(seed)});
    std::uint32_t nonce = 0;
    for (;; ++nonce) {
      auto attempt = plain;
      if (attempt.absorb_nonce(k(nonce), 12)) break;
    }
    EXPECT_EQ(smallest_nonce(plain.sponge(), 12), nonce);
    writer.grind(12);
    const Proof& bytes = writer.bytes();
    EXPECT_EQ(bytes[0] | std::uint32_t{bytes[1]} << 8 | std::uint32_t{bytes[2]} << 16, nonce);
  }
}

TEST(Grind, NoBitsMeanNoNonce) {
  Writer<Poseidon2Sponge> writer(domain);
  const std::uint64_t before = writer.permutations();
  writer.grind(0);
  EXPECT_TRUE(writer.bytes().empty());
  EXPECT_EQ(writer.permutations(), before);
}

}  // namespace
}  // namespace cairn::engine
