// The verifier's side of the transcript: takes the words of a proof in order and absorbs them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "prover/transcript/transcript.h"
#include "prover/transcript/verify_error.h"

namespace cairn::engine {

/// Total on any bytes. The first thing that is wrong is kept: from then on every read gives zeros
/// and nothing moves, so a verifier may go on and ask error() when it is convenient; finish() is
/// the answer. How much is read is decided by the caller alone, never by the proof. Does not own
/// the bytes; allocates nothing. Not thread-safe.
template <class Sponge>
class Reader {
 public:
  /// `proof`: words of 4 bytes, little-endian, each < p. Must outlive the reader.
  Reader(std::span<const std::uint8_t> proof, const Domain& domain) : proof_(proof), transcript_(domain) {}

  /// Absorbs words that both sides know.
  void observe(std::span<const KoalaBear> words) { transcript_.absorb(Message::observed, words); }

  /// Fills `out` from the proof and absorbs it as one message.
  void values(std::span<KoalaBear> out, Message kind = Message::values) {
    read(out);
    transcript_.absorb(kind, out);
  }

  void extension(std::span<Quintic> out) {
    for (Quintic& element : out) read(element.c);
    transcript_.absorb(out);
  }

  Quintic extension() {
    Quintic out;
    extension(std::span<Quintic>(&out, 1));
    return out;
  }

  /// Fills `out` from the proof without absorbing it: Merkle leaves and siblings, which a root
  /// binds.
  void hint(std::span<KoalaBear> out) { read(out); }

  /// Reads and checks the nonce of `bits` bits of work; 0 bits: reads nothing. Else proof_of_work.
  void grind(unsigned bits) {
    if (bits == 0) return;
    KoalaBear nonce;
    read(std::span<KoalaBear>(&nonce, 1));
    if (!transcript_.absorb_nonce(nonce, bits)) fail(VerifyError::proof_of_work);
  }

  Quintic challenge() { return transcript_.challenge(); }
  std::uint32_t index(unsigned log_size) { return transcript_.index(log_size); }

  /// Records that something is wrong; the first record stays.
  void fail(VerifyError error) {
    if (error_ == VerifyError::none) error_ = error;
  }

  bool ok() const { return error_ == VerifyError::none; }
  VerifyError error() const { return error_; }

  /// The verdict on the whole proof: trailing_bytes when something is left.
  VerifyError finish() {
    if (at_ != proof_.size()) fail(VerifyError::trailing_bytes);
    return error_;
  }

  /// Words not read yet.
  std::size_t words_left() const { return (proof_.size() - at_) / 4; }
  std::uint64_t permutations() const { return transcript_.sponge().permutations(); }

 private:
  void read(std::span<KoalaBear> out) {
    for (KoalaBear& word : out) {
      word = KoalaBear::zero();
      if (!ok()) continue;
      if (proof_.size() - at_ < 4) {
        fail(VerifyError::truncated);
        continue;
      }
      const std::uint32_t raw = std::uint32_t{proof_[at_]} | std::uint32_t{proof_[at_ + 1]} << 8 |
                                std::uint32_t{proof_[at_ + 2]} << 16 | std::uint32_t{proof_[at_ + 3]} << 24;
      if (raw >= KoalaBear::modulus) {
        fail(VerifyError::non_canonical_word);
        continue;
      }
      at_ += 4;
      word = KoalaBear::from(raw);
    }
  }

  std::span<const std::uint8_t> proof_;
  std::size_t at_ = 0;
  Transcript<Sponge> transcript_;
  VerifyError error_ = VerifyError::none;
};

}  // namespace cairn::engine
