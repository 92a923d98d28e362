// What a verifier key signs for contracts/src/verifiers/AttestedVerifier.sol, and the bytes that the
// contract takes as the proof of a claim. IAttestedVerifier.sol says what they mean. Pure but for
// read_key_set().
#pragma once

#include <span>
#include <string>
#include <vector>

#include "chain/eth_node.h"
#include "chain/signer.h"

namespace cairn::chain {

/// A signature counts for one contract on one chain.
struct AttestationDomain {
  std::uint64_t chain_id = 0;
  Address verifier{};
};

/// "I have checked the proof with this digest, and it shows this claim."
struct Attestation {
  std::uint64_t set = 0;  ///< of keys, by its number in the contract
  Digest32 claim{};
  Digest32 proof_digest{};  ///< SHA-256
  std::string uri;          ///< where the proof can be had; at most attestation_uri_bytes_max

  friend bool operator==(const Attestation&, const Attestation&) = default;
};
inline constexpr std::size_t attestation_uri_bytes_max = 512;
inline constexpr std::size_t verifier_keys_max = 64;

/// One set of verifier keys as the contract has it.
struct KeySet {
  std::uint64_t set = 0;
  std::uint16_t threshold = 0;     ///< k
  std::vector<Address> keys = {};  ///< n, ascending
};

struct KeySignature {
  Address signer;
  Signature signature;
};

/// The EIP-712 hash that is signed.
Digest32 attestation_digest(const AttestationDomain& domain, const Attestation& attestation);
KeySignature sign_attestation(const AttestationDomain& domain, const Attestation& attestation,
                              const SecretKey& key);

/// 65 bytes: r ‖ s ‖ v with v 27 or 28.
Bytes signature_bytes(const Signature& signature);
/// Errors: invalid_input (another length, another v). A high s is refused by recover().
Result<Signature> parse_signature(ByteView bytes);

/// The proof for the contract. The signatures are put in order; requires them to be by different
/// signers, at most verifier_keys_max, and the URI not to be too long (asserted).
Bytes encode_attested(const Attestation& attestation, std::vector<KeySignature> signatures);

struct AttestedProof {
  Attestation attestation;
  std::vector<Signature> signatures;
};
/// The claim is not in the proof. Errors: invalid_input unless it is an encoding of encode_attested().
Result<AttestedProof> decode_attested(const Digest32& claim, ByteView proof);

/// Decides like the contract does while `keys` counts. Errors: invalid_input, saying why it is refused.
Result<Attestation> check_attested(const AttestationDomain& domain, const Digest32& claim, ByteView proof,
                                   const KeySet& keys);

/// The set to sign for now. Errors: those of the node; not_found (no such contract, or no set counts),
/// corrupt.
Result<KeySet> read_key_set(EthNode& node, const Address& verifier);
/// What keySet(uint64) returns. Errors: corrupt.
Result<KeySet> decode_key_set(std::uint64_t set, ByteView returned);

}  // namespace cairn::chain
