#include "attest/attester.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/clock.h"

namespace cairn::attest {
namespace {

using chain::Address;
using chain::Attestation;
using chain::AttestationDomain;
using chain::KeySet;
using chain::KeySignature;

constexpr std::int64_t kLookMs = 200;

std::string with_0x(ByteView bytes) { return "0x" + hex(bytes); }

Json without_signature(const AttestationDomain& domain, const Attestation& attestation) {
  return {{"chain_id", domain.chain_id},
          {"verifier", chain::address_text(domain.verifier)},
          {"set", attestation.set},
          {"claim", with_0x(attestation.claim)},
          {"proof_digest", with_0x(attestation.proof_digest)},
          {"uri", attestation.uri}};
}

bool has_key(const KeySet& set, const Address& key) {
  return std::ranges::find(set.keys, key) != set.keys.end();
}

bool has_signed(const std::vector<KeySignature>& signatures, const Address& key) {
  return std::ranges::find(signatures, key, &KeySignature::signer) != signatures.end();
}

}  // namespace

std::string signature_line(const AttestationDomain& domain, const Attestation& attestation,
                           const KeySignature& signature) {
  Json json = without_signature(domain, attestation);
  json["signer"] = chain::address_text(signature.signer);
  json["signature"] = with_0x(chain::signature_bytes(signature.signature));
  return json.dump();
}

Result<KeySignature> parse_signature_line(std::string_view line, const AttestationDomain& domain,
                                          const Attestation& attestation) {
  CAIRN_ASSIGN(Json json, parse_json(line, signature_line_bytes_max));
  CAIRN_ASSIGN(const std::string signer, json_string(json, "signer", 42));
  CAIRN_ASSIGN(const std::string digits, json_string(json, "signature", 132));
  CAIRN_ASSIGN(const Address address, chain::parse_address(signer));
  CAIRN_ASSIGN(const Bytes bytes, from_hex(digits));
  CAIRN_ASSIGN(const chain::Signature signature, chain::parse_signature(bytes));
  json.erase("signer");
  json.erase("signature");
  if (json != without_signature(domain, attestation)) {
    return Error{Code::invalid_input, "the signature is for another attestation"};
  }
  CAIRN_ASSIGN(const Address recovered,
               chain::recover(chain::attestation_digest(domain, attestation), signature));
  if (recovered != address) return Error{Code::invalid_input, "the signature is not by " + signer};
  return KeySignature{address, signature};
}

std::vector<KeySignature> Attester::own_signatures(const Attestation& attestation, const KeySet& set) const {
  std::vector<KeySignature> out;
  for (const chain::SecretKey& key : keys_) {
    if (out.size() == set.threshold) break;
    if (!has_key(set, key.address()) || has_signed(out, key.address())) continue;
    out.push_back(chain::sign_attestation(options_.domain, attestation, key));
  }
  return out;
}

Result<Bytes> Attester::attest(const Digest32& claim, const Digest32& proof_digest,
                               const std::function<bool()>& cancelled) const {
  CAIRN_ASSIGN(const KeySet set, options_.key_set());
  const Attestation attestation{set.set, claim, proof_digest, options_.uri_prefix() + hex(proof_digest)};
  if (attestation.uri.size() > chain::attestation_uri_bytes_max) {
    return Error{Code::invalid_input, "attest.uri is too long for the contract"};
  }
  std::vector<KeySignature> signatures = own_signatures(attestation, set);
  const std::string name = hex(chain::attestation_digest(options_.domain, attestation));
  if (signatures.size() < set.threshold && options_.wanted) options_.wanted(attestation, name);
  std::string refused;
  const auto take = [&](const std::string& line) {
    const auto one = parse_signature_line(line, options_.domain, attestation);
    if (!one.ok()) {
      refused = "; one was refused: " + one.error().what;
    } else if (has_key(set, one->signer) && !has_signed(signatures, one->signer)) {
      signatures.push_back(*one);
    }
  };
  const std::int64_t until = steady_ms() + options_.collect_ms;
  while (signatures.size() < set.threshold) {
    if (cancelled()) return Error{Code::cancelled, "cancelled while waiting for signatures"};
    if (options_.collect) {
      for (const std::string& line : options_.collect(name)) {
        if (signatures.size() < set.threshold) take(line);
      }
    }
    if (signatures.size() >= set.threshold) break;
    if (steady_ms() >= until) {
      return Error{Code::unavailable, std::to_string(signatures.size()) + " of " +
                                          std::to_string(set.threshold) + " signatures for the attestation " +
                                          name + refused};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
  }
  return chain::encode_attested(attestation, std::move(signatures));
}

Result<Attestation> Attester::check(const Digest32& claim, ByteView proof) const {
  CAIRN_ASSIGN(const KeySet set, options_.key_set());
  return chain::check_attested(options_.domain, claim, proof, set);
}

}  // namespace cairn::attest
