#include "chain/attestation.h"

#include <algorithm>

#include "chain/abi.h"
#include "chain/keccak.h"

namespace cairn::chain {
namespace {

constexpr std::size_t word_bytes = 32;
constexpr std::size_t one_signature_bytes = 65;
constexpr std::uint8_t v_offset = 27;

Error refused(std::string why) { return {Code::invalid_input, "the attestation " + std::move(why)}; }

Digest32 domain_separator(const AttestationDomain& domain) {
  const Bytes fields =
      abi::Encoder()
          .word(
              keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
          .word(keccak256("Cairn AttestedVerifier"))
          .word(keccak256("1"))
          .number(domain.chain_id)
          .address(domain.verifier)
          .arguments();
  return keccak256(fields);
}

}  // namespace

Digest32 attestation_digest(const AttestationDomain& domain, const Attestation& attestation) {
  const Bytes fields =
      abi::Encoder()
          .word(keccak256("Attestation(uint64 set,bytes32 claim,bytes32 proofDigest,string uri)"))
          .number(attestation.set)
          .word(attestation.claim)
          .word(attestation.proof_digest)
          .word(keccak256(attestation.uri))
          .arguments();
  Bytes message = {0x19, 0x01};
  append(message, domain_separator(domain));
  append(message, keccak256(fields));
  return keccak256(message);
}

KeySignature sign_attestation(const AttestationDomain& domain, const Attestation& attestation,
                              const SecretKey& key) {
  return {key.address(), key.sign(attestation_digest(domain, attestation))};
}

Bytes signature_bytes(const Signature& signature) {
  Bytes out = copy(signature.r);
  append(out, signature.s);
  out.push_back(static_cast<std::uint8_t>(v_offset + signature.y_parity));
  return out;
}

Result<Signature> parse_signature(ByteView bytes) {
  if (bytes.size() != one_signature_bytes) {
    return Error{Code::invalid_input, "a signature has 65 bytes, not " + std::to_string(bytes.size())};
  }
  const std::uint8_t v = bytes[64];
  if (v != v_offset && v != v_offset + 1)
    return Error{Code::invalid_input, "the last byte of a signature is 27 or 28"};
  Signature out;
  std::copy_n(bytes.begin(), 32, out.r.begin());
  std::copy_n(bytes.begin() + 32, 32, out.s.begin());
  out.y_parity = static_cast<std::uint8_t>(v - v_offset);
  return out;
}

Bytes encode_attested(const Attestation& attestation, std::vector<KeySignature> signatures) {
  CAIRN_ASSERT(attestation.uri.size() <= attestation_uri_bytes_max && signatures.size() <= verifier_keys_max);
  const auto signer = [](const KeySignature& s) -> const Address& { return s.signer; };
  std::ranges::sort(signatures, {}, signer);
  CAIRN_ASSERT(std::ranges::adjacent_find(signatures, {}, signer) == signatures.end());
  Bytes all;
  for (const KeySignature& one : signatures) append(all, signature_bytes(one.signature));
  return abi::Encoder()
      .number(attestation.set)
      .word(attestation.proof_digest)
      .dynamic(view(attestation.uri))
      .dynamic(all)
      .arguments();
}

Result<AttestedProof> decode_attested(const Digest32& claim, ByteView proof) {
  abi::Decoder decoder(proof, 4, "the attestation");
  AttestedProof out;
  out.attestation.claim = claim;
  out.attestation.set = decoder.u64();
  out.attestation.proof_digest = decoder.word();
  out.attestation.uri = text(decoder.dynamic(attestation_uri_bytes_max));
  const Bytes signatures = decoder.dynamic(verifier_keys_max * one_signature_bytes);
  if (const Status s = decoder.finish(); !s.ok()) return Error{Code::invalid_input, s.error().what};
  if (signatures.size() % one_signature_bytes != 0) return refused("has a signature that is cut off");
  for (ByteView rest = signatures; !rest.empty(); rest = rest.subspan(one_signature_bytes)) {
    CAIRN_ASSIGN(const Signature one, parse_signature(rest.first(one_signature_bytes)));
    out.signatures.push_back(one);
  }
  // Bytes have one encoding only when nothing overlaps and nothing is left out.
  const Bytes again = abi::Encoder()
                          .number(out.attestation.set)
                          .word(out.attestation.proof_digest)
                          .dynamic(view(out.attestation.uri))
                          .dynamic(signatures)
                          .arguments();
  if (!std::ranges::equal(again, proof)) return refused("is encoded in another way than the contract takes");
  return out;
}

Result<Attestation> check_attested(const AttestationDomain& domain, const Digest32& claim, ByteView proof,
                                   const KeySet& keys) {
  CAIRN_ASSIGN(AttestedProof attested, decode_attested(claim, proof));
  if (attested.attestation.set != keys.set) {
    return refused("is for set " + std::to_string(attested.attestation.set) + " of the verifier keys, not " +
                   std::to_string(keys.set));
  }
  const std::size_t count = attested.signatures.size();
  if (count < keys.threshold || count > keys.keys.size()) {
    return refused("has " + std::to_string(count) + " signatures, of " + std::to_string(keys.threshold) +
                   " to " + std::to_string(keys.keys.size()));
  }
  const Digest32 digest = attestation_digest(domain, attested.attestation);
  Address before{};
  for (const Signature& one : attested.signatures) {
    CAIRN_ASSIGN(const Address signer, recover(digest, one));
    if (std::ranges::find(keys.keys, signer) == keys.keys.end()) {
      return refused("is signed by " + address_text(signer) + ", which is no verifier key");
    }
    if (signer <= before) return refused("has signatures out of order or twice");
    before = signer;
  }
  return std::move(attested.attestation);
}

Result<KeySet> decode_key_set(std::uint64_t set, ByteView returned) {
  // The tuple lies behind one offset; so do its keys, behind the four fields before them.
  constexpr std::size_t fixed_words = 7;
  if (returned.size() < fixed_words * word_bytes || returned.size() % word_bytes != 0) {
    return Error{Code::corrupt, "the key set has an odd size"};
  }
  const std::size_t keys = returned.size() / word_bytes - fixed_words;
  abi::Decoder decoder(returned, fixed_words + keys, "the key set");
  KeySet out{.set = set};
  const std::uint64_t offset = decoder.u64();
  decoder.u64();  // from
  decoder.u64();  // through
  const std::uint64_t threshold = decoder.u64();
  decoder.boolean();  // revoked
  const std::uint64_t keys_offset = decoder.u64();
  const std::uint64_t count = decoder.u64();
  if (offset != word_bytes || keys_offset != 5 * word_bytes || count != keys || keys > verifier_keys_max ||
      threshold > keys) {
    return Error{Code::corrupt, "the key set makes no sense"};
  }
  for (std::size_t i = 0; i < keys; ++i) out.keys.push_back(decoder.address());
  CAIRN_TRY(decoder.finish());
  out.threshold = static_cast<std::uint16_t>(threshold);
  return out;
}

Result<KeySet> read_key_set(EthNode& node, const Address& verifier) {
  const auto ask = [&](Bytes data) -> Result<Bytes> {
    CAIRN_ASSIGN(CallResult result, node.call({{}, verifier, std::move(data), {}}));
    if (!result.succeeded || result.returned.empty()) {
      return Error{Code::not_found, "no AttestedVerifier at " + address_text(verifier)};
    }
    return std::move(result.returned);
  };
  CAIRN_ASSIGN(const Bytes current, ask(abi::Encoder().call("currentSet()")));
  abi::Decoder decoder(current, 1, "the number of the key set");
  const std::uint64_t set = decoder.u64();
  CAIRN_TRY(decoder.finish());
  if (set == 0) {
    return Error{Code::not_found, "no set of verifier keys counts at " + address_text(verifier) +
                                      " now: its owner has revoked it, and no new one has begun"};
  }
  CAIRN_ASSIGN(const Bytes returned, ask(abi::Encoder().number(set).call("keySet(uint64)")));
  CAIRN_ASSIGN(KeySet keys, decode_key_set(set, returned));
  if (keys.threshold == 0) return Error{Code::corrupt, "the current key set needs no signature"};
  return keys;
}

}  // namespace cairn::chain
