#include "cli/requester.h"

#include "chain/dev_keys.h"
#include "chain/funding.h"
#include "chain/keystore.h"

namespace cairn::cli {
namespace {

constexpr const char* kPassphraseVariable = "CAIRN_REQUESTER_PASSWORD";
constexpr const char* kNoPassphrase =
    "has no passphrase: set requester.password_file, or CAIRN_REQUESTER_PASSWORD in the environment";
constexpr std::uint8_t kDecimalsMax = 60;  // 10^60 times any reward of the command line fits into 256 bits

Error wrong(std::string what) { return {Code::invalid_input, std::move(what)}; }

/// An error of what was configured; one of the chain that may pass stays what it is.
Error configured(const Error& error, std::string_view key) {
  if (is_transient(error.code)) return error;
  return wrong(std::string(key) + ": " + error.what);
}

/// The text of the passphrase, when no file has it.
Result<chain::Secret> passphrase_of(const Environment& environment) {
  if (const char* given = environment(kPassphraseVariable)) return chain::Secret::copy_of(cairn::view(given));
  return wrong(kNoPassphrase);
}

Result<chain::SecretKey> load_key(const RequesterConfig& config, const Environment& environment) {
  if (!config.password_file.empty()) return chain::load_key(config.keystore, config.password_file);
  CAIRN_ASSIGN(const chain::Secret passphrase, passphrase_of(environment));
  return chain::load_key(config.keystore, passphrase);
}

Result<chain::SecretKey> key_of(const PoolConfig& config, const Environment& environment) {
  if (config.requester.keystore.empty()) {
    if (config.chain.rpc.empty()) return chain::dev_key(0);
    return wrong(
        "--open needs the key of a requester on this chain: set requester.keystore, or --requester-keystore");
  }
  auto key = load_key(config.requester, environment);
  return key.ok() ? std::move(key) : configured(key.error(), "requester.keystore");
}

}  // namespace

Result<Requester> Requester::make(const PoolConfig& config, const Pool& pool, const Environment& environment,
                                  chain::EthChain& chain, std::uint64_t reward_tokens,
                                  const std::atomic<bool>& stop) {
  CAIRN_ASSIGN(auto key, key_of(config, environment));
  Requester out(chain, std::move(key));
  const std::string& verifier = config.requester.verifier.empty() ? pool.verifier : config.requester.verifier;
  if (verifier.empty()) {
    return wrong(
        "--open needs to know who verifies on this chain: set requester.verifier to an IProofVerifier");
  }
  CAIRN_ASSIGN(out.contracts_.verifier, chain::parse_address(verifier));
  CAIRN_TRY(out.look_at_attested(config, pool));
  out.contracts_.submission = chain.contract();
  out.expiry_blocks_ = config.requester.expiry_blocks;
  out.send_ = {.timeout_ms = static_cast<std::int64_t>(config.requester.tx_timeout_ms),
               .fees = config.chain.policy.fees,
               .stop = &stop};
  if (const Status s = out.look_at_contracts(chain.contract()); !s.ok())
    return configured(s.error(), "chain");
  if (const Status s = out.look_at_token(reward_tokens); !s.ok())
    return configured(s.error(), "chain.contract");
  return out;
}

/// A verifier that the requester names is for all of its sequences.
Status Requester::look_at_attested(const PoolConfig& config, const Pool& pool) {
  if (config.attest.backends.empty() || !config.requester.verifier.empty()) return {};
  const std::string& verifier =
      config.attest.verifier.empty() ? pool.attested_verifier : config.attest.verifier;
  if (verifier.empty()) return wrong("attest.verifier must name the AttestedVerifier of this chain");
  CAIRN_ASSIGN(attested_verifier_, chain::parse_address(verifier));
  attested_ = {config.attest.backends.begin(), config.attest.backends.end()};
  return {};
}

Status Requester::look_at_contracts(const chain::Address& contract) {
  CAIRN_ASSIGN(const std::uint64_t chain_id, chain_.node().chain_id());
  for (const auto& [key, address] :
       {std::pair("contract", contract), std::pair("verifier", contracts_.verifier)}) {
    CAIRN_ASSIGN(const Bytes code, chain_.node().code(address));
    if (code.empty()) {
      return wrong(std::string("no ") + key + " at " + chain::address_text(address) + " on chain " +
                   std::to_string(chain_id) + ": that account has no code");
    }
  }
  return {};
}

Result<Bytes> Requester::view(Bytes data, const chain::Address& contract) {
  CAIRN_ASSIGN(chain::CallResult result, chain_.node().call({{}, contract, std::move(data), {}}));
  if (!result.succeeded)
    return wrong(chain::address_text(contract) + " is another contract: " + result.revert);
  return std::move(result.returned);
}

Status Requester::look_at_token(std::uint64_t reward_tokens) {
  CAIRN_ASSIGN(const Bytes token, view(chain::two_step::token(), contracts_.submission));
  CAIRN_ASSIGN(contracts_.token, chain::two_step::decode_address(token));
  CAIRN_ASSIGN(const Bytes returned, view(chain::erc20::decimals(), contracts_.token));
  CAIRN_ASSIGN(const chain::U256 decimals, chain::two_step::decode_number(returned));
  if (decimals > chain::U256(kDecimalsMax)) return wrong("its token has " + decimals.decimal() + " decimals");
  CAIRN_ASSIGN(const std::uint64_t zeros, decimals.u64());
  CAIRN_ASSIGN(reward_, chain::U256::parse(std::to_string(reward_tokens) + std::string(zeros, '0')));
  reward_text_ = std::to_string(reward_tokens) + (reward_tokens == 1 ? " token" : " tokens");
  return {};
}

Status Requester::has_reward() {
  CAIRN_ASSIGN(const chain::U256 balance, chain::token_balance(chain_.node(), contracts_, key_.address()));
  if (balance >= reward_) return {};
  CAIRN_ASSIGN(const chain::U256 missing, reward_.minus(balance));
  return Error{Code::failed, "the requester " + chain::address_text(key_.address()) + " has " +
                                 balance.decimal() + " base units of the token " +
                                 chain::address_text(contracts_.token) + ", the reward is " +
                                 reward_.decimal() + ": " + missing.decimal() + " are missing"};
}

Result<chain::two_step::OpenArguments> Requester::arguments_of(const Json& json, const std::string& line) {
  chain::two_step::OpenArguments out;
  CAIRN_ASSIGN(out.start_height, json_u64(json, "start_height", limits::height_max));
  CAIRN_ASSIGN(out.end_height, json_u64(json, "end_height", limits::height_max));
  CAIRN_ASSIGN(const std::string claim, json_string(json, "claim", 66));
  CAIRN_ASSIGN(out.claim, digest_from_hex(claim));
  CAIRN_ASSIGN(const std::string backend, json_string(json, "backend", 64));
  out.verifier = attested_.contains(backend) ? attested_verifier_ : contracts_.verifier;
  out.reward = reward_;
  out.data = stages::attach(line);
  CAIRN_ASSIGN(const chain::Head head, chain_.head());
  out.expiry = head.number + expiry_blocks_;
  return out;
}

Status Requester::open(std::string& line, const stages::Catalog& catalog, const Say& say) {
  CAIRN_ASSIGN(Json json, parse_json(line, limits::json_line_bytes_max));
  if (json.is_object() && json.contains("sequence_id")) return {};
  CAIRN_TRY(stages::parse_attached(cairn::view(line), Digest32{}, catalog));
  CAIRN_ASSIGN(const auto arguments, arguments_of(json, line));
  const chain::SequenceId id = chain::two_step::sequence_id(
      key_.address(), arguments.start_height, arguments.end_height, arguments.claim, arguments.verifier);
  json["sequence_id"] = "0x" + hex(id);
  std::string complete = json.dump();
  CAIRN_TRY(stages::parse_submission(complete, catalog));
  CAIRN_ASSIGN(const chain::SequenceView there, chain_.sequence(id));
  const std::string name = "sequence 0x" + hex(id).substr(0, 16) + "… (heights " +
                           std::to_string(arguments.start_height) + "-" +
                           std::to_string(arguments.end_height) + ")";
  if (there.state == chain::SequenceState::none) {
    CAIRN_TRY(has_reward());
    say("opening " + name + " for " + reward_text_ + " as " + chain::address_text(key_.address()));
    CAIRN_TRY(chain::open_sequence(chain_.node(), contracts_, key_, arguments, send_));
    say("opened " + name);
  } else {
    say(name + " is on the contract already");
  }
  line = std::move(complete);
  return {};
}

}  // namespace cairn::cli
