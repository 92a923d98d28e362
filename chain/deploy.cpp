#include "chain/deploy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "chain/abi.h"
#include "chain/attestation.h"
#include "chain/send_and_wait.h"
#include "common/json.h"

namespace cairn::chain {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t artifact_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t record_bytes_max = 4096;

Result<std::string> read_file(const fs::path& file, std::size_t bytes_max) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{Code::not_found, file.string() + ": cannot be opened"};
  std::string out(bytes_max + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > bytes_max) return Error{Code::corrupt, file.string() + ": too large"};
  return out;
}

/// Replaces `file` in one step and durably.
Status write_file(const fs::path& file, const std::string& content) {
  const fs::path draft = file.string() + ".new";
  const auto failure = [&](const char* what) {
    return Error{Code::failed, file.string() + ": " + what + ": " + std::strerror(errno)};
  };
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failure("cannot create");
  const ssize_t written = ::write(fd, content.data(), content.size());
  const bool ok = written == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!ok) return failure("cannot write");
  if (::rename(draft.c_str(), file.c_str()) != 0) return failure("cannot rename");
  return {};
}

Result<Address> address_field(const Json& object, const char* key) {
  CAIRN_ASSIGN(const std::string text, json_string(object, key, 64));
  return parse_address(text);
}

Status has_code(EthNode& node, const Address& contract) {
  CAIRN_ASSIGN(const Bytes code, node.code(contract));
  if (code.empty()) return Error{Code::not_found, "no contract at " + address_text(contract)};
  return {};
}

Result<Bytes> view(EthNode& node, const Address& contract, Bytes data) {
  CAIRN_ASSIGN(CallResult result, node.call({{}, contract, std::move(data), {}}));
  if (!result.succeeded) return Error{Code::corrupt, "a view reverts: " + result.revert};
  return std::move(result.returned);
}

bool same(const Windows& a, const Windows& b) {
  return a.commit_blocks == b.commit_blocks && a.reveal_blocks == b.reveal_blocks &&
         a.settlement_blocks == b.settlement_blocks && a.withdrawal_blocks == b.withdrawal_blocks;
}

/// not_found when this chain does not have the deployment, conflict when it has other parameters.
Status check_deployed(EthNode& node, const Deployment& d, const DeployPlan& plan) {
  CAIRN_ASSIGN(const std::uint64_t chain_id, node.chain_id());
  if (chain_id != d.chain_id) return Error{Code::not_found, "deployed on another chain"};
  for (const Address* contract : {&d.token, &d.verifier, &d.submission}) {
    CAIRN_TRY(has_code(node, *contract));
  }
  CAIRN_ASSIGN(const Bytes w, view(node, d.submission, two_step::windows()));
  CAIRN_ASSIGN(const Windows windows, two_step::decode_windows(w));
  CAIRN_ASSIGN(const Bytes t, view(node, d.submission, two_step::stake_terms()));
  CAIRN_ASSIGN(const two_step::StakeTerms terms, two_step::decode_stake_terms(t));
  if (!same(windows, plan.windows) || terms != plan.terms) {
    return Error{Code::conflict,
                 "the contract at " + address_text(d.submission) +
                     " was deployed with other windows or stakes, which are final; start with a new "
                     "state directory or restore the configuration"};
  }
  return {};
}

Bytes submission_arguments(const Address& token, const DeployPlan& plan) {
  return abi::Encoder()
      .address(token)
      .number(plan.windows.commit_blocks)
      .number(plan.windows.reveal_blocks)
      .number(plan.windows.settlement_blocks)
      .number(plan.windows.withdrawal_blocks)
      .number(plan.terms.min_stake)
      .number(plan.terms.slash_no_proof)
      .number(plan.terms.slash_incorrect_hash)
      .arguments();
}

struct Created {
  Address address;
  std::uint64_t block;
};

Result<Created> create(EthNode& node, const SecretKey& deployer, const DeployPlan& plan,
                       const std::string& contract, const Bytes& arguments) {
  CAIRN_ASSIGN(Bytes code, read_bytecode(plan.artifacts, contract));
  append(code, arguments);
  auto receipt = send_and_wait(node, deployer, {{}, {}, std::move(code), {}});
  if (!receipt.ok()) return receipt.error().in("deploying " + contract);
  if (!receipt->created) return Error{Code::corrupt, "deploying " + contract + ": no address"};
  return Created{*receipt->created, receipt->block_number};
}

/// The words of (address owner, address[] keys, uint16 threshold, uint64 rotationBlocks).
Bytes attested_arguments(const Address& owner, const DeployPlan& plan, const std::vector<Address>& keys) {
  abi::Encoder out;
  out.address(owner)
      .number(std::uint64_t{4 * 32})
      .number(plan.verifier_threshold)
      .number(plan.rotation_blocks);
  out.number(std::uint64_t{keys.size()});
  for (const Address& key : keys) out.address(key);
  return out.arguments();
}

Status write_deployment(const Deployment& d, const fs::path& record) {
  Json json{{"chain_id", d.chain_id},
            {"block", d.block},
            {"token", address_text(d.token)},
            {"verifier", address_text(d.verifier)},
            {"submission", address_text(d.submission)}};
  if (d.attested_verifier) json["attested_verifier"] = address_text(*d.attested_verifier);
  return write_file(record, json.dump(2) + "\n");
}

Result<Deployment> parse_deployment(const std::string& text) {
  CAIRN_ASSIGN(const Json json, parse_json(text, record_bytes_max));
  Deployment out;
  CAIRN_ASSIGN(out.chain_id, json_u64(json, "chain_id", UINT64_MAX));
  CAIRN_ASSIGN(out.block, json_u64(json, "block", UINT64_MAX));
  CAIRN_ASSIGN(out.token, address_field(json, "token"));
  CAIRN_ASSIGN(out.verifier, address_field(json, "verifier"));
  CAIRN_ASSIGN(out.submission, address_field(json, "submission"));
  if (json.contains("attested_verifier")) {
    CAIRN_ASSIGN(out.attested_verifier, address_field(json, "attested_verifier"));
  }
  return out;
}

/// Adds what `out` lacks of the plan's AttestedVerifier. True when it has changed.
Result<bool> add_attested_verifier(EthNode& node, const SecretKey& deployer, const DeployPlan& plan,
                                   Deployment& out) {
  if (plan.verifier_keys.empty()) return false;
  std::vector<Address> keys = plan.verifier_keys;
  std::ranges::sort(keys);
  if (!out.attested_verifier) {
    CAIRN_ASSIGN(const Created made, create(node, deployer, plan, "AttestedVerifier",
                                            attested_arguments(deployer.address(), plan, keys)));
    out.attested_verifier = made.address;
    return true;
  }
  CAIRN_ASSIGN(const KeySet there, read_key_set(node, *out.attested_verifier));
  if (there.keys == keys && there.threshold == plan.verifier_threshold) return false;
  return Error{Code::conflict,
               "the AttestedVerifier at " + address_text(*out.attested_verifier) +
                   " was deployed for other verifier keys; start with a new state directory or "
                   "restore the keys and the configuration"};
}

Result<Deployment> deploy_all(EthNode& node, const SecretKey& deployer, const DeployPlan& plan) {
  Deployment out;
  CAIRN_ASSIGN(out.chain_id, node.chain_id());
  CAIRN_ASSIGN(const Created token, create(node, deployer, plan, "IdeToken",
                                           abi::Encoder().number(plan.token_supply).arguments()));
  CAIRN_ASSIGN(const Created verifier, create(node, deployer, plan, plan.verifier, {}));
  CAIRN_ASSIGN(const Created submission,
               create(node, deployer, plan, "TwoStepSubmission", submission_arguments(token.address, plan)));
  out.token = token.address;
  out.verifier = verifier.address;
  out.submission = submission.address;
  out.block = submission.block;
  return out;
}

}  // namespace

Result<Bytes> read_bytecode(const fs::path& artifacts, const std::string& contract) {
  const fs::path file = artifacts / (contract + ".sol") / (contract + ".json");
  auto text = read_file(file, artifact_bytes_max);
  if (!text.ok()) return text.error().in("build the contracts first (contracts/forge build)");
  const auto json = parse_json(*text, artifact_bytes_max);
  const auto wrong = [&](std::string_view why) {
    return Error{Code::corrupt, file.string() + ": " + std::string(why)};
  };
  if (!json.ok()) return wrong(json.error().what);
  if (!json->is_object() || !json->contains("bytecode")) return wrong("has no bytecode");
  const auto digits = json_string((*json)["bytecode"], "object", artifact_bytes_max);
  if (!digits.ok()) return wrong(digits.error().what);
  auto code = from_hex(*digits);
  if (!code.ok()) return wrong("bytecode has links to libraries, or is not hex");
  if (code->empty()) return wrong("is an interface: there is nothing to deploy");
  return code;
}

Result<Deployment> read_deployment(const fs::path& record) {
  CAIRN_ASSIGN(const std::string text, read_file(record, record_bytes_max));
  auto out = parse_deployment(text);
  if (!out.ok()) return Error{Code::corrupt, record.string() + ": " + out.error().what};
  return out;
}

Result<Deployment> deploy(EthNode& node, const SecretKey& deployer, const DeployPlan& plan,
                          const fs::path& record) {
  auto earlier = read_deployment(record);
  if (earlier.ok()) {
    const Status found = check_deployed(node, *earlier, plan);
    if (!found.ok() && found.error().code != Code::not_found) return found.error();
    if (found.ok()) {
      CAIRN_ASSIGN(const bool changed, add_attested_verifier(node, deployer, plan, *earlier));
      if (changed) CAIRN_TRY(write_deployment(*earlier, record));
      return earlier;
    }
  } else if (earlier.error().code != Code::not_found) {
    return earlier.error();
  }
  CAIRN_ASSIGN(Deployment out, deploy_all(node, deployer, plan));
  CAIRN_TRY(add_attested_verifier(node, deployer, plan, out));
  CAIRN_TRY(write_deployment(out, record));
  return out;
}

}  // namespace cairn::chain
