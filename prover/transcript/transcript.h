// The state machine that prover and verifier share: what is absorbed, what is drawn, in which
// words. Specification: docs/proof-system/transcript.md. Writer and Reader are its two sides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "prover/field/koala_bear.h"
#include "prover/field/quintic.h"

namespace cairn::engine {

/// The kind of a message: the low 4 bits of the header word in front of it.
enum class Message : std::uint32_t {
  domain = 1,     ///< Label, version and parameter digest: the first message of every transcript.
  observed = 2,   ///< Words that both sides know: shape, public values. Not in the proof.
  values = 3,     ///< Base field words of the proof.
  extension = 4,  ///< Extension elements of the proof, 5 words each.
  root = 5,       ///< A commitment.
  nonce = 6,      ///< A proof of work.
  refill = 7,     ///< Empty: makes the next words to draw.
};

/// What a transcript is about. Two transcripts that differ here share no challenge.
struct Domain {
  std::string_view label;             ///< At most 255 bytes.
  std::uint32_t version = 0;          ///< < p.
  std::array<KoalaBear, 8> params{};  ///< Digest of every parameter that is not in the shape.
};

/// Bits of a proof of work, at most. 2^24 divides p - 1, so up to here the chance of a nonce is
/// never above 2^-bits.
inline constexpr unsigned pow_bits_max = 24;
/// log2 of the number of values that an index can take, at most, for the same reason.
inline constexpr unsigned index_bits_max = 24;
/// Words of one message, at most.
inline constexpr std::size_t message_words_max = (std::size_t{1} << 26) - 1;

/// Not thread-safe; a value: a copy draws the same words. Memory is constant.
template <class Sponge>
class Transcript {
 public:
  static constexpr std::size_t rate = Sponge::rate;
  /// The word of a block that a proof of work constrains. It is never drawn.
  static constexpr std::size_t checked_word = rate - 1;

  explicit Transcript(const Domain& domain) {
    Message_ message(*this, Message::domain, 2 + (domain.label.size() + 2) / 3 + domain.params.size());
    message.add(KoalaBear::from(domain.version));
    message.add(KoalaBear::from(static_cast<std::uint32_t>(domain.label.size())));
    for (std::size_t i = 0; i < domain.label.size(); i += 3) {
      std::uint32_t word = 0;
      for (std::size_t j = 0; j < 3 && i + j < domain.label.size(); ++j) {
        word |= std::uint32_t{static_cast<unsigned char>(domain.label[i + j])} << (8 * j);
      }
      message.add(KoalaBear::from(word));
    }
    for (KoalaBear word : domain.params) message.add(word);
  }

  /// Absorbs one message: header kind + 16 * words, the words, zeros up to whole blocks. What was
  /// left to draw is lost.
  void absorb(Message kind, std::span<const KoalaBear> words) {
    Message_ message(*this, kind, words.size());
    for (KoalaBear word : words) message.add(word);
  }

  void absorb(std::span<const Quintic> elements) {
    Message_ message(*this, Message::extension, 5 * elements.size());
    for (const Quintic& element : elements) {
      for (KoalaBear word : element.c) message.add(word);
    }
  }

  /// Absorbs a nonce and says whether it is a proof of `bits` bits of work, 1 <= bits <=
  /// pow_bits_max: the checked word is not p - 1 and its low bits are zero.
  bool absorb_nonce(KoalaBear nonce, unsigned bits) {
    absorb(Message::nonce, std::span<const KoalaBear>(&nonce, 1));
    end_ = checked_word;
    return meets(sponge_.output(checked_word), bits);
  }

  static bool meets(KoalaBear checked, unsigned bits) {
    const std::uint32_t word = checked.canonical();
    return word != KoalaBear::modulus - 1 && (word & ((std::uint32_t{1} << bits) - 1)) == 0;
  }

  /// The block that absorb_nonce() absorbs: what a search for the nonce permutes.
  static typename Sponge::Block nonce_block(KoalaBear nonce) {
    typename Sponge::Block block{};
    block[0] = header(Message::nonce, 1);
    block[1] = nonce;
    return block;
  }

  /// The next word, uniform in [0, p). No word is drawn twice, and none that a proof of work
  /// constrained.
  KoalaBear word() {
    if (next_ == end_) absorb(Message::refill, {});
    return sponge_.output(next_++);
  }

  /// Five words.
  Quintic challenge() {
    Quintic out;
    for (KoalaBear& c : out.c) c = word();
    return out;
  }

  /// Uniform in [0, 2^log_size), log_size <= index_bits_max: the low bits of the next word that is
  /// not p - 1.
  std::uint32_t index(unsigned log_size) {
    std::uint32_t drawn = 0;
    do {
      drawn = word().canonical();
    } while (drawn == KoalaBear::modulus - 1);
    return drawn & ((std::uint32_t{1} << log_size) - 1);
  }

  const Sponge& sponge() const { return sponge_; }

 private:
  static KoalaBear header(Message kind, std::size_t words) {
    return KoalaBear::from(static_cast<std::uint32_t>(kind) + 16 * static_cast<std::uint32_t>(words));
  }

  /// Fills blocks with one message.
  class Message_ {
   public:
    Message_(Transcript& to, Message kind, std::size_t words) : to_(to) { add(header(kind, words)); }
    ~Message_() {
      if (used_ > 0) flush();
      to_.next_ = 0;
      to_.end_ = rate;
    }
    Message_(const Message_&) = delete;
    Message_& operator=(const Message_&) = delete;
    void add(KoalaBear word) {
      block_[used_++] = word;
      if (used_ == rate) flush();
    }

   private:
    void flush() {
      to_.sponge_.absorb(block_);
      block_ = {};
      used_ = 0;
    }
    Transcript& to_;
    typename Sponge::Block block_{};
    std::size_t used_ = 0;
  };

  Sponge sponge_;
  std::size_t next_ = 0;  // the next output word to draw
  std::size_t end_ = 0;   // the first that is not there
};

/// Eight words that stand for `words` under `label`: for params digests and machine digests.
/// Collision resistant as the sponge is.
template <class Sponge>
std::array<KoalaBear, 8> digest_of(std::string_view label, std::span<const KoalaBear> words) {
  Transcript<Sponge> transcript(Domain{label, 0, {}});
  transcript.absorb(Message::observed, words);
  std::array<KoalaBear, 8> out;
  for (KoalaBear& word : out) word = transcript.word();
  return out;
}

}  // namespace cairn::engine
