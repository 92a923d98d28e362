// The contracts on a development chain: deployed once per state directory, from what
// `contracts/forge build` left in contracts/out.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "chain/eth_node.h"
#include "chain/signer.h"
#include "chain/two_step_abi.h"

namespace cairn::chain {

struct Deployment {
  std::uint64_t chain_id = 0;
  std::uint64_t block = 0;  ///< Of the last of them; no event is older.
  Address token;
  Address verifier;
  Address submission;
  std::optional<Address> attested_verifier;  ///< With verifier keys only.
};

struct DeployPlan {
  std::filesystem::path artifacts;             ///< contracts/out
  std::string verifier = "ChainStepVerifier";  ///< A contract without constructor arguments.
  Windows windows{.commit_blocks = 10, .reveal_blocks = 10, .settlement_blocks = 20, .withdrawal_blocks = 50};
  two_step::StakeTerms terms;
  U256 token_supply;                   ///< All of it belongs to the deployer.
  std::vector<Address> verifier_keys;  ///< Of an AttestedVerifier; empty: none is deployed.
  std::uint16_t verifier_threshold = 1;
  std::uint64_t rotation_blocks = 100;  ///< Longer than a round of the windows above.
};

/// Reuses the deployment that `record` names when this chain has it with the same parameters, and
/// else deploys and writes `record`. A crash before the record is written leaves contracts behind
/// that nobody uses. An AttestedVerifier is added to a deployment that has none, and owned by the
/// deployer. Errors: those of the node; not_found (no artifacts), corrupt (an artifact or
/// the record makes no sense), conflict (the record's contracts have other parameters).
Result<Deployment> deploy(EthNode& node, const SecretKey& deployer, const DeployPlan& plan,
                          const std::filesystem::path& record);

/// The record of an earlier deploy(). Errors: not_found, corrupt.
Result<Deployment> read_deployment(const std::filesystem::path& record);

/// Creation code of `contract` from forge's artifact. Errors: not_found, corrupt.
Result<Bytes> read_bytecode(const std::filesystem::path& artifacts, const std::string& contract);

}  // namespace cairn::chain
