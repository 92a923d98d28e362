// What the chain itself says about sequences, read from the contract's logs and state.
#pragma once

#include <map>
#include <vector>

#include "chain/eth_chain.h"

namespace cairn::cli {

struct Settlement {
  bool proven = false;             ///< state of the sequence on the contract
  bool paid = false;               ///< `prover` has received its share
  std::uint64_t commit_block = 0;  ///< of `prover`'s commitment of the last round; 0 for none
  std::uint64_t reveal_block = 0;  ///< in which it was settled
  chain::U256 reward;              ///< base units of the token that `prover` got
};

/// Settlements of `prover` by sequence. Errors: those of the node.
Result<std::map<chain::SequenceId, Settlement>> read_settlements(
    chain::EthChain& chain, const std::vector<chain::SequenceId>& sequences, const chain::Address& prover,
    std::uint64_t from_block);

}  // namespace cairn::cli
