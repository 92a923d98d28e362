#include "tests/integration/sender/witness.h"

#include <algorithm>

#include "chain/keccak.h"
#include "chain/two_step_abi.h"

namespace cairn::test {

using chain::CommitmentState;

Result<chain::Broadcast> Witness::broadcast(ByteView raw) {
  look(chain::decode_transaction(raw).value());
  return EthChain::broadcast(raw);
}

/// reveal(bytes32 sequenceId, bytes proof): selector, id, offset, length, proof.
void Witness::look(const chain::DecodedTransaction& decoded) {
  const Bytes& data = decoded.tx.data;
  constexpr std::size_t head_bytes = 4 + 3 * 32;
  const Bytes reveal = chain::two_step::reveal({}, {});
  if (data.size() < head_bytes || !std::equal(data.begin(), data.begin() + 4, reveal.begin())) return;
  ++shown_;
  chain::SequenceId id;
  std::copy_n(data.begin() + 4, id.size(), id.begin());
  std::size_t length = 0;
  for (std::size_t i = head_bytes - 8; i < head_bytes; ++i) length = length << 8 | data[i];
  const ByteView proof = ByteView(data).subspan(head_bytes, length);

  const auto sequence = truth_.sequence(id).value();
  const auto ours = truth_.commitment(id, sequence.round, decoded.sender).value();
  const auto next = truth_.head().value().number + 1;
  const auto windows = truth_.windows().value();
  const std::string at = "shown for block " + std::to_string(next) + ": ";
  if (ours.state != CommitmentState::committed && ours.state != CommitmentState::settled) {
    objections_.push_back(at + "no commitment on the canonical chain");
  } else if (ours.proof_hash != chain::two_step::proof_hash(proof, decoded.sender)) {
    objections_.push_back(at + "the commitment binds another proof");
  }
  if (next <= sequence.first_commit_block + windows.commit_blocks) {
    objections_.push_back(at + "others may still commit");
  }
}

}  // namespace cairn::test
