// The transcript of docs/proof-system/transcript.md, the slow and obvious way. Shares with the engine the
// field and the permutation only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "prover/field/koala_bear.h"
#include "prover/field/quintic.h"
#include "prover/hash/poseidon2.h"

namespace cairn::reference {

using engine::KoalaBear;
using engine::Quintic;
using Words = std::vector<KoalaBear>;
using Point = std::vector<Quintic>;

/// Thrown at the first thing that is wrong; the name is that of the engine's reason.
struct Refused {
  std::string why;
};

inline KoalaBear word_of(std::uint64_t x) { return KoalaBear::from(x); }

/// Words of a proof, one after the other.
class ProofWords {
 public:
  explicit ProofWords(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint32_t raw() {
    if (bytes_.size() - at_ < 4) throw Refused{"truncated"};
    std::uint32_t word = 0;
    for (int i = 3; i >= 0; --i) word = word * 256 + bytes_[at_ + static_cast<std::size_t>(i)];
    at_ += 4;
    return word;
  }
  KoalaBear next() {
    const std::uint32_t word = raw();
    if (word >= KoalaBear::modulus) throw Refused{"non_canonical_word"};
    return word_of(word);
  }
  Words next(std::size_t count) {
    if (count > (bytes_.size() - at_) / 4) {
      // Whichever comes first: a word that is too large, or the end.
      while (true) next();
    }
    Words out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(next());
    return out;
  }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

class Transcript {
 public:
  Transcript(const std::string& label, std::uint32_t version, const Words& digest) {
    Words domain = {word_of(version), word_of(label.size())};
    for (std::size_t i = 0; i < label.size(); i += 3) {
      std::uint64_t word = 0;
      for (std::size_t j = i; j < i + 3 && j < label.size(); ++j) {
        word += std::uint64_t{static_cast<unsigned char>(label[j])} << (8 * (j - i));
      }
      domain.push_back(word_of(word));
    }
    domain.insert(domain.end(), digest.begin(), digest.end());
    absorb(1, domain);
  }

  void absorb(std::uint64_t kind, const Words& words) {
    Words blocks = {word_of(kind + 16 * words.size())};
    blocks.insert(blocks.end(), words.begin(), words.end());
    while (blocks.size() % 8 != 0) blocks.push_back(word_of(0));
    for (std::size_t i = 0; i < blocks.size(); i += 8) {
      for (std::size_t j = 0; j < 8; ++j) state_[j] = blocks[i + j];
      engine::permute(state_);
    }
    drawn_ = 0;
    available_ = 8;
  }

  KoalaBear draw() {
    if (drawn_ == available_) absorb(7, {});
    return state_[drawn_++];
  }
  Quintic challenge() {
    Quintic out;
    for (std::size_t i = 0; i < 5; ++i) out.c[i] = draw();
    return out;
  }
  std::uint32_t index(unsigned bits) {
    std::uint32_t word = draw().canonical();
    while (word == KoalaBear::modulus - 1) word = draw().canonical();
    return word % (1u << bits);
  }

  /// A nonce of the proof is absorbed and looked at.
  void grind(ProofWords& proof, unsigned bits) {
    if (bits == 0) return;
    absorb(6, proof.next(1));
    const std::uint32_t checked = state_[7].canonical();
    if (checked == KoalaBear::modulus - 1 || checked % (1u << bits) != 0) throw Refused{"proof_of_work"};
    available_ = 7;
  }
  std::vector<Quintic> extension(ProofWords& proof, std::size_t count) {
    const Words words = proof.next(5 * count);
    absorb(4, words);
    std::vector<Quintic> out(count);
    for (std::size_t i = 0; i < 5 * count; ++i) out[i / 5].c[i % 5] = words[i];
    return out;
  }
  Words root(ProofWords& proof) {
    const Words words = proof.next(8);
    absorb(5, words);
    return words;
  }

 private:
  std::array<KoalaBear, 16> state_ = {};
  std::size_t drawn_ = 0, available_ = 0;
};

/// eq(a, b) of two points of the same length.
inline Quintic eq(const Point& a, const Point& b) {
  Quintic out = Quintic::one();
  for (std::size_t i = 0; i < a.size(); ++i) {
    out = out * (a[i] * b[i] + (Quintic::one() - a[i]) * (Quintic::one() - b[i]));
  }
  return out;
}

/// The bits of x as a point of `count` coordinates, the most significant first.
inline Point bits(std::uint64_t x, std::size_t count) {
  Point out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back((x >> (count - 1 - i)) % 2 == 1 ? Quintic::one() : Quintic::zero());
  }
  return out;
}

inline Point slice(const Point& point, std::size_t begin, std::size_t end) {
  return {point.begin() + static_cast<std::ptrdiff_t>(begin),
          point.begin() + static_cast<std::ptrdiff_t>(end)};
}
inline Point last(const Point& point, std::size_t count) {
  return slice(point, point.size() - count, point.size());
}

}  // namespace cairn::reference
