// Proofs by the SHA-256 of their bytes, one file each: DIR/<64 lower-case hex digits>. Whoever has the
// digest can check what he got with sha256sum.
//
// A file appears whole or not at all, and is on the disk when put() returns. Any number of processes
// and threads may use one directory. Nothing is ever removed: an attestation on a chain names its
// proof for ever. Take old files away by hand, or give more room.
#pragma once

#include <filesystem>
#include <string_view>

#include "common/digest.h"

namespace cairn::attest {

class ProofStore {
 public:
  struct Bounds {
    std::size_t proof_bytes_max;  ///< of one proof
    std::uint64_t bytes_max;  ///< of all; processes that put at the same moment may each pass it by one proof
  };

  /// Makes the directory. Errors: unavailable.
  static Result<ProofStore> open(std::filesystem::path directory, const Bounds& bounds);

  /// The same proof may be put again; a file that was damaged is replaced. Errors: invalid_input (empty or
  /// too large), exhausted (no room; says what to do), unavailable (the file system).
  Result<Digest32> put(ByteView proof) const;
  /// Errors: not_found, corrupt (the file is damaged), unavailable.
  Result<Bytes> get(const Digest32& digest) const;

  /// Of all proofs together. Errors: unavailable.
  Result<std::uint64_t> stored_bytes() const;

 private:
  ProofStore(std::filesystem::path directory, const Bounds& bounds)
      : directory_(std::move(directory)), bounds_(bounds) {}

  std::filesystem::path directory_;
  Bounds bounds_;
};

/// The digest that `text` is: 64 lower-case hex digits and nothing else. Errors: invalid_input.
Result<Digest32> parse_proof_name(std::string_view text);

}  // namespace cairn::attest
