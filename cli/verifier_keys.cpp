#include "cli/verifier_keys.h"

#include <filesystem>
#include <fstream>

#include "attest/attester.h"
#include "chain/http.h"
#include "chain/keystore.h"

namespace cairn::cli {
namespace {

constexpr long kConnectMs = 3'000;
constexpr long kCollectMs = 3'000;  // one look at one place

bool is_url(const std::string& place) {
  return place.starts_with("http://") || place.starts_with("https://");
}

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) return Error{Code::not_found, path + " cannot be read"};
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > bytes_max)
    return Error{Code::exhausted, path + " has more than " + std::to_string(bytes_max) + " bytes"};
  return out;
}

Result<std::string> get(const std::string& url, long total_ms, std::size_t bytes_max) {
  chain::HttpClient client({kConnectMs, total_ms, bytes_max});
  CAIRN_ASSIGN(chain::HttpReply reply, client.get(url));
  if (reply.status == 404) return Error{Code::not_found, chain::url_origin(url) + ": not there"};
  if (reply.status != 200)
    return Error{Code::unavailable, chain::url_origin(url) + ": HTTP " + std::to_string(reply.status)};
  return std::move(reply.body);
}

}  // namespace

Result<std::vector<chain::SecretKey>> load_verifier_keys(const Pool& pool, const AttestConfig& config) {
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

std::vector<std::string> collect_signatures(const std::vector<std::string>& places, const std::string& name) {
  std::vector<std::string> out;
  for (const std::string& place : places) {
    auto line =
        fetch(place + (place.ends_with('/') ? "" : "/") + name, attest::signature_line_bytes_max, kCollectMs);
    if (line.ok()) out.push_back(std::move(*line));
  }
  return out;
}

Result<std::string> fetch(const std::string& place, std::size_t bytes_max, long total_ms) {
  return is_url(place) ? get(place, total_ms, bytes_max) : read_file(place, bytes_max);
}

}  // namespace cairn::cli
