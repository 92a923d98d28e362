// Signs for AttestedVerifier that a proof was checked, with the verifier keys of this process and the
// signatures that other verifiers have left where it looks for them.
//
// An Attester signs what it is told to: call it only with a proof that the proof system's own verifier
// has accepted. Thread-safe when its functions are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chain/attestation.h"
#include "common/json.h"

namespace cairn::attest {

/// One signature as JSON, what `cairn attest` prints: chain_id, verifier, set, claim, proof_digest, uri,
/// signer, signature.
std::string signature_line(const chain::AttestationDomain& domain, const chain::Attestation& attestation,
                           const chain::KeySignature& signature);
inline constexpr std::size_t signature_line_bytes_max = 4096;
/// The signature in `line`, when it is one for exactly this. Errors: invalid_input, saying why not.
Result<chain::KeySignature> parse_signature_line(std::string_view line,
                                                 const chain::AttestationDomain& domain,
                                                 const chain::Attestation& attestation);

class Attester {
 public:
  struct Options {
    chain::AttestationDomain domain;
    /// Of a proof's place: followed by its digest in hex. Asked for each attestation.
    std::function<std::string()> uri_prefix;
    /// Asked for each attestation, because the owner can replace the set.
    std::function<Result<chain::KeySet>()> key_set;
    /// What another verifier has left under this name, the attestation's EIP-712 hash in hex: one
    /// signature_line each. Asked again and again while signatures are missing. May be empty.
    std::function<std::vector<std::string>(const std::string& name)> collect = {};
    /// Called once when signatures of others are needed. May be empty.
    std::function<void(const chain::Attestation&, const std::string& name)> wanted = {};
    std::int64_t collect_ms = 0;  ///< how long missing signatures are waited for
  };

  Attester(Options options, std::vector<chain::SecretKey> keys)
      : options_(std::move(options)), keys_(std::move(keys)) {}

  /// What the contract takes as the proof of `claim`: the threshold of signatures, own ones first. Errors:
  /// those of key_set(); unavailable (too few signatures in time), cancelled.
  Result<Bytes> attest(const Digest32& claim, const Digest32& proof_digest,
                       const std::function<bool()>& cancelled) const;
  /// What `proof`, from attest(), attests. Errors: those of key_set(); invalid_input.
  Result<chain::Attestation> check(const Digest32& claim, ByteView proof) const;

 private:
  std::vector<chain::KeySignature> own_signatures(const chain::Attestation& attestation,
                                                  const chain::KeySet& set) const;

  Options options_;
  std::vector<chain::SecretKey> keys_;
};

}  // namespace cairn::attest
