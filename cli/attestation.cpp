#include "cli/attestation.h"

#include <algorithm>
#include <fstream>

#include "cli/services.h"
#include "cli/verifier_keys.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

constexpr std::size_t kProofBytesMax = limits::value_bytes_max;
constexpr long kFetchMs = 60'000;
constexpr const char* kProofs = "/proofs/";

/// The address under which the proofs of this pool are served now.
std::string uri_prefix(const Pool& pool, const PoolConfig& config) {
  if (!config.attest.uri.empty()) return config.attest.uri;
  std::string address;
  std::ifstream(pool.run + "/console.http") >> address;
  return "http://" + (address.empty() ? config.console.listen : address) + kProofs;
}

}  // namespace

bool is_attested(const AttestConfig& config, const std::string& name) {
  return std::ranges::find(config.backends, name) != config.backends.end();
}

Result<attest::ProofStore> open_proofs(const Pool& pool, const AttestConfig& config) {
  return attest::ProofStore::open(
      config.directory.empty() ? pool.path("proofs") : config.directory,
      {.proof_bytes_max = kProofBytesMax, .bytes_max = config.bytes_max_mib << 20});
}

Result<chain::AttestationDomain> attestation_domain(const Pool& pool, const AttestConfig& config,
                                                    chain::EthNode& node) {
  const std::string& verifier = config.verifier.empty() ? pool.attested_verifier : config.verifier;
  if (verifier.empty())
    return Error{Code::invalid_input, "attest.verifier must name the AttestedVerifier of this chain"};
  chain::AttestationDomain out{.chain_id = pool.chain_id};
  CAIRN_ASSIGN(out.verifier, chain::parse_address(verifier));
  if (out.chain_id == 0) {
    CAIRN_ASSIGN(out.chain_id, node.chain_id());
  }
  return out;
}

HttpReply proof_page(const attest::ProofStore& proofs, std::string_view path) {
  const auto digest = attest::parse_proof_name(path.substr(path.rfind('/') + 1));
  if (!digest.ok()) return {400, "text/plain; charset=utf-8", digest.error().what + "\n"};
  auto proof = proofs.get(*digest);
  if (proof.ok()) return {200, "application/octet-stream", std::string(text(*proof))};
  if (proof.error().code == Code::not_found) return {404, "text/plain; charset=utf-8", "no such proof\n"};
  log::error("proof_not_served", {{"proof", hex(*digest)}, {"why", proof.error().what}});
  return {503, "text/plain; charset=utf-8", "the proof cannot be read\n"};
}

Result<Bytes> fetch_proof(const std::string& place) {
  CAIRN_ASSIGN(const std::string found, fetch(place, kProofBytesMax, kFetchMs));
  return copy(found);
}

Result<chain::KeySet> Attestation::key_set() {
  const std::lock_guard lock(mutex_);
  return chain::read_key_set(*node_, domain_.verifier);
}

Result<std::unique_ptr<Attestation>> Attestation::make(const Pool& pool, const PoolConfig& config) {
  std::unique_ptr<Attestation> out(new Attestation);
  CAIRN_ASSIGN(auto keys, load_verifier_keys(pool, config.attest));
  CAIRN_ASSIGN(auto rpc, chain::RpcClient::create(
                             {.urls = pool.rpc,
                              .chain_id = pool.chain_id,
                              .total_timeout_ms = static_cast<long>(config.chain.rpc_timeout_ms)}));
  out->node_ = std::make_unique<chain::EthNode>(std::move(rpc));
  CAIRN_ASSIGN(out->domain_, attestation_domain(pool, config.attest, *out->node_));
  CAIRN_ASSIGN(auto proofs, open_proofs(pool, config.attest));
  out->proofs_ = std::make_unique<attest::ProofStore>(std::move(proofs));
  attest::Attester::Options options;
  options.domain = out->domain_;
  options.uri_prefix = [pool, config] { return uri_prefix(pool, config); };
  options.key_set = [self = out.get()] { return self->key_set(); };
  options.collect = [places = config.attest.collect](const std::string& name) {
    return collect_signatures(places, name);
  };
  options.wanted = [](const chain::Attestation& what, const std::string& name) {
    log::warn(
        "signatures_wanted",
        {{"name", name}, {"claim", hex(what.claim)}, {"proof", what.uri}, {"set", std::to_string(what.set)}});
  };
  options.collect_ms = static_cast<std::int64_t>(config.attest.collect_ms);
  out->attester_ = std::make_unique<attest::Attester>(std::move(options), std::move(keys));
  return out;
}

}  // namespace cairn::cli
