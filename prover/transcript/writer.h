// The prover's side of the transcript: absorbs what it appends to the proof. Every call mirrors one
// of Reader.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "prover/transcript/transcript.h"

namespace cairn::engine {

/// A sponge that can be ground has `std::uint32_t smallest_nonce(const Sponge&, unsigned bits)`
/// beside it, found by the type of the sponge (transcript/grind.h for Poseidon2). Not thread-safe.
template <class Sponge>
class Writer {
 public:
  explicit Writer(const Domain& domain) : transcript_(domain) {}

  /// Absorbs words that both sides know; appends nothing.
  void observe(std::span<const KoalaBear> words) { transcript_.absorb(Message::observed, words); }

  void values(std::span<const KoalaBear> words, Message kind = Message::values) {
    transcript_.absorb(kind, words);
    hint(words);
  }

  void extension(std::span<const Quintic> elements) {
    transcript_.absorb(elements);
    for (const Quintic& element : elements) hint(element.c);
  }

  void extension(const Quintic& element) { extension(std::span<const Quintic>(&element, 1)); }

  /// Appends without absorbing.
  void hint(std::span<const KoalaBear> words) {
    for (KoalaBear word : words) append(word.canonical());
  }

  /// Finds, appends and absorbs the smallest nonce of `bits` <= pow_bits_max bits of work; 0 bits:
  /// does nothing.
  void grind(unsigned bits) {
    if (bits == 0) return;
    const std::uint32_t nonce = smallest_nonce(transcript_.sponge(), bits);
    append(nonce);
    transcript_.absorb_nonce(KoalaBear::from(nonce), bits);
  }

  Quintic challenge() { return transcript_.challenge(); }
  std::uint32_t index(unsigned log_size) { return transcript_.index(log_size); }

  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }
  std::uint64_t permutations() const { return transcript_.sponge().permutations(); }

 private:
  void append(std::uint32_t word) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes_.push_back(static_cast<std::uint8_t>(word >> shift));
  }

  Transcript<Sponge> transcript_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace cairn::engine
