// The requester's side of the contract, for `cairn produce --open`: opens sequences and funds their rewards.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "chain/deploy.h"
#include "chain/eth_chain.h"
#include "chain/send_and_wait.h"
#include "cli/pool.h"
#include "cli/pool_config.h"
#include "stages/submission.h"

namespace cairn::cli {

class Requester {
 public:
  /// A line for people about what is being done.
  using Say = std::function<void(const std::string&)>;

  /// Loads the key and looks at what the configuration names. Without `rpc` the chain is a development chain:
  /// its first account is the requester unless a key is named, and the pool knows the verifier.
  /// `chain` and `stop` are borrowed. @param reward_tokens whole tokens per sequence
  /// Errors: invalid_input (no key, a passphrase that does not fit, a verifier or contract that is not there,
  /// a node of another chain), unavailable and timeout (no node answers).
  static Result<Requester> make(const PoolConfig& config, const Pool& pool, const Environment& environment,
                                chain::EthChain& chain, std::uint64_t reward_tokens,
                                const std::atomic<bool>& stop);

  /// Adds "sequence_id" to `line` after opening its sequence, and waits until that is mined. A line that has
  /// one, and a sequence that is open already, stay as they are; nothing is opened that the pool would
  /// refuse. Errors: invalid_input (the line), failed (tokens or ether are missing: says whose, and how
  /// much), conflict (the contract refuses it), transient ones (the chain does not answer; the line may be
  /// tried again).
  Status open(std::string& line, const stages::Catalog& catalog, const Say& say);

 private:
  Requester(chain::EthChain& chain, chain::SecretKey key) : chain_(chain), key_(std::move(key)) {}

  Status look_at_attested(const PoolConfig& config, const Pool& pool);
  Status look_at_contracts(const chain::Address& contract);
  Status look_at_token(std::uint64_t reward_tokens);
  Status has_reward();
  Result<chain::two_step::OpenArguments> arguments_of(const Json& json, const std::string& line);
  Result<Bytes> view(Bytes data, const chain::Address& contract);

  chain::EthChain& chain_;
  chain::SecretKey key_;
  chain::Deployment contracts_;
  chain::U256 reward_;       // base units
  std::string reward_text_;  // "2 tokens"
  std::uint64_t expiry_blocks_ = 0;
  std::set<std::string> attested_;  // backends whose proofs another verifier takes
  chain::Address attested_verifier_{};
  chain::SendOptions send_;
};

}  // namespace cairn::cli
