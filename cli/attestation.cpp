#include "cli/attestation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "chain/http.h"
#include "chain/keystore.h"
#include "cli/services.h"
#include "common/log.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kProofBytesMax = limits::value_bytes_max;
constexpr long kConnectMs = 3'000;
constexpr long kFetchMs = 60'000;
constexpr long kCollectMs = 3'000;  // one look at one place
constexpr const char* kProofs = "/proofs/";

bool is_url(const std::string& place) { return place.starts_with("http://") || place.starts_with("https://"); }

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in || fs::is_directory(path)) return Error{Code::not_found, path + " cannot be read"};
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > bytes_max) return Error{Code::exhausted, path + " has more than " + std::to_string(bytes_max) + " bytes"};
  return out;
}

Result<std::string> get(const std::string& url, long total_ms, std::size_t bytes_max) {
  chain::HttpClient client({kConnectMs, total_ms, bytes_max});
  CAIRN_ASSIGN(chain::HttpReply reply, client.get(url));
  if (reply.status == 404) return Error{Code::not_found, chain::url_origin(url) + ": not there"};
  if (reply.status != 200) return Error{Code::unavailable, chain::url_origin(url) + ": HTTP " + std::to_string(reply.status)};
  return std::move(reply.body);
}

/// The signatures called `name` that are at any of `places`; a place that has none, or cannot be reached, is passed over.
std::vector<std::string> collect(const std::vector<std::string>& places, const std::string& name) {
  std::vector<std::string> out;
  for (const std::string& place : places) {
    const std::string file = place + (place.ends_with('/') ? "" : "/") + name;
    auto line = is_url(place) ? get(file, kCollectMs, attest::signature_line_bytes_max)
                              : read_file(file, attest::signature_line_bytes_max);
    if (line.ok()) out.push_back(std::move(*line));
  }
  return out;
}

/// The address under which the proofs of this pool are served now.
std::string uri_prefix(const Pool& pool, const PoolConfig& config) {
  if (!config.attest.uri.empty()) return config.attest.uri;
  std::string address;
  std::ifstream(pool.run + "/console.http") >> address;
  return "http://" + (address.empty() ? config.console.listen : address) + kProofs;
}

Result<std::vector<chain::SecretKey>> load_keys(const Pool& pool, const AttestConfig& config) {
  const bool own = config.keystores.empty();
  const auto& keystores = own ? pool.verifier_keystores : config.keystores;
  const std::vector<std::string> one_file = {own ? pool.verifier_password_file : std::string()};
  const auto& passwords = own ? one_file : config.password_files;
  std::vector<chain::SecretKey> out;
  for (std::size_t i = 0; i < keystores.size(); ++i) {
    auto key = chain::load_key(keystores[i], passwords.size() == 1 ? passwords[0] : passwords.at(i));
    if (!key.ok()) return Error{Code::invalid_input, "attest.keystores: " + key.error().what};
    out.push_back(std::move(*key));
  }
  return out;
}

}  // namespace

bool is_attested(const AttestConfig& config, const std::string& name) {
  return std::ranges::find(config.backends, name) != config.backends.end();
}

Result<attest::ProofStore> open_proofs(const Pool& pool, const AttestConfig& config) {
  return attest::ProofStore::open(config.directory.empty() ? pool.path("proofs") : config.directory,
                                  {.proof_bytes_max = kProofBytesMax, .bytes_max = config.bytes_max_mib << 20});
}

Result<chain::AttestationDomain> attestation_domain(const Pool& pool, const AttestConfig& config, chain::EthNode& node) {
  const std::string& verifier = config.verifier.empty() ? pool.attested_verifier : config.verifier;
  if (verifier.empty()) return Error{Code::invalid_input, "attest.verifier must name the AttestedVerifier of this chain"};
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
  CAIRN_ASSIGN(const std::string found, is_url(place) ? get(place, kFetchMs, kProofBytesMax) : read_file(place, kProofBytesMax));
  return copy(found);
}

Result<chain::KeySet> Attestation::key_set() {
  const std::lock_guard lock(mutex_);
  return chain::read_key_set(*node_, domain_.verifier);
}

Result<std::unique_ptr<Attestation>> Attestation::make(const Pool& pool, const PoolConfig& config) {
  std::unique_ptr<Attestation> out(new Attestation);
  CAIRN_ASSIGN(auto keys, load_keys(pool, config.attest));
  CAIRN_ASSIGN(auto rpc, chain::RpcClient::create({.urls = pool.rpc,
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
  options.collect = [places = config.attest.collect](const std::string& name) { return collect(places, name); };
  options.wanted = [](const chain::Attestation& what, const std::string& name) {
    log::warn("signatures_wanted", {{"name", name}, {"claim", hex(what.claim)}, {"proof", what.uri}, {"set", std::to_string(what.set)}});
  };
  options.collect_ms = static_cast<std::int64_t>(config.attest.collect_ms);
  out->attester_ = std::make_unique<attest::Attester>(std::move(options), std::move(keys));
  return out;
}

}  // namespace cairn::cli
