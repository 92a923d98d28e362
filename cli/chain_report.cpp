#include "cli/chain_report.h"

#include "chain/keccak.h"
#include "chain/two_step_abi.h"

namespace cairn::cli {
namespace {

constexpr const char* kCommitted = "ProofHashCommitted(bytes32,address,uint64,bytes32,uint64)";
constexpr const char* kSettled = "CommitmentSettled(bytes32,address,uint64,bytes32)";
constexpr const char* kPaid = "RewardPaid(bytes32,address,uint256)";

}  // namespace

Result<std::map<chain::SequenceId, Settlement>> read_settlements(
    chain::EthChain& chain, const std::vector<chain::SequenceId>& sequences, const chain::Address& prover,
    std::uint64_t from_block) {
  std::map<chain::SequenceId, Settlement> out;
  for (const chain::SequenceId& id : sequences) {
    CAIRN_ASSIGN(const chain::SequenceView view, chain.sequence(id));
    out[id].proven = view.state == chain::SequenceState::proven;
  }
  CAIRN_ASSIGN(const chain::Head head, chain.head());
  for (const char* signature : {kCommitted, kSettled, kPaid}) {
    const Digest32 topic = chain::keccak256(view(signature));
    CAIRN_ASSIGN(const auto logs, chain.node().logs(chain.contract(), topic, from_block, head.number));
    for (const chain::Log& log : logs) {
      CAIRN_ASSIGN(const chain::Event event, chain::two_step::decode_event(log.topics, log.data));
      const auto settlement = out.find(event.sequence);
      if (settlement == out.end() || event.prover != prover) continue;
      using Kind = chain::Event::Kind;
      if (event.kind == Kind::committed) settlement->second.commit_block = log.block_number;
      if (event.kind == Kind::settled) settlement->second.reveal_block = log.block_number;
      if (event.kind == Kind::paid) {
        CAIRN_ASSIGN(settlement->second.reward, settlement->second.reward.plus(event.amount));
        settlement->second.paid = true;
      }
    }
  }
  return out;
}

}  // namespace cairn::cli
