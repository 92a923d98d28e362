// What this process needs to have final proofs attested instead of submitted, from the configuration:
// verifier keys, the store of proofs, the contract, and where other verifiers leave their signatures.
#pragma once

#include <memory>
#include <mutex>

#include "attest/attester.h"
#include "attest/proof_store.h"
#include "chain/eth_node.h"
#include "cli/pool.h"
#include "cli/pool_config.h"
#include "common/http_server.h"

namespace cairn::cli {

/// True when final proofs of the backend `name` are attested.
bool is_attested(const AttestConfig& config, const std::string& name);

/// The directory of proofs of this pool. Errors: unavailable.
Result<attest::ProofStore> open_proofs(const Pool& pool, const AttestConfig& config);

/// Where the signatures count. Errors: invalid_input (no AttestedVerifier is configured).
Result<chain::AttestationDomain> attestation_domain(const Pool& pool, const AttestConfig& config,
                                                    chain::EthNode& node);

/// What anybody may read of a proof: the bytes under its digest, the last part of `path`.
HttpReply proof_page(const attest::ProofStore& proofs, std::string_view path);

/// A proof from a file or from an http or https URL. Errors: not_found, unavailable, timeout, exhausted (too
/// large).
Result<Bytes> fetch_proof(const std::string& place);

class Attestation {
 public:
  /// Loads the keys. Errors: invalid_input (keys, or no contract), unavailable (no node).
  static Result<std::unique_ptr<Attestation>> make(const Pool& pool, const PoolConfig& config);
  const attest::ProofStore& proofs() const { return *proofs_; }
  const attest::Attester& attester() const { return *attester_; }

 private:
  Attestation() = default;
  Result<chain::KeySet> key_set();

  std::mutex mutex_;  // of the node's client
  std::unique_ptr<chain::EthNode> node_;
  chain::AttestationDomain domain_;
  std::unique_ptr<attest::ProofStore> proofs_;
  std::unique_ptr<attest::Attester> attester_;
};

}  // namespace cairn::cli
