#include "chain/eth_chain.h"

#include "chain/transaction.h"
#include "chain/two_step_abi.h"

namespace cairn::chain {
namespace {
/// What a transfer without data costs.
constexpr std::uint64_t transfer_gas = 21'000;
}  // namespace

Result<Bytes> EthChain::view(Bytes data) {
  CAIRN_ASSIGN(CallResult result,
               node_.call({.from = {}, .to = contract_, .data = std::move(data), .value = {}}));
  if (!result.succeeded) return Error{Code::failed, "the contract reverts: " + result.revert};
  // A call of an address without code succeeds and returns nothing.
  if (result.returned.empty()) {
    return Error{Code::not_found, "no contract at " + address_text(contract_)};
  }
  return std::move(result.returned);
}

Result<Head> EthChain::head() { return node_.head(); }

Result<std::optional<Digest32>> EthChain::block_hash(std::uint64_t number) {
  return node_.block_hash(number);
}

Result<Windows> EthChain::windows() {
  CAIRN_ASSIGN(const Bytes returned, view(two_step::windows()));
  return two_step::decode_windows(returned);
}

Result<SequenceView> EthChain::sequence(const SequenceId& id) {
  CAIRN_ASSIGN(const Bytes returned, view(two_step::sequence(id)));
  return two_step::decode_sequence(returned);
}

Result<CommitmentView> EthChain::commitment(const SequenceId& id, std::uint64_t round,
                                            const Address& prover) {
  CAIRN_ASSIGN(const Bytes returned, view(two_step::commitment(id, round, prover)));
  return two_step::decode_commitment(returned);
}

Result<ProverView> EthChain::prover(const Address& account) {
  CAIRN_ASSIGN(const Bytes returned, view(two_step::prover(account)));
  return two_step::decode_prover(returned);
}

Result<std::optional<Receipt>> EthChain::receipt(const TxHash& hash) {
  CAIRN_ASSIGN(const auto found, node_.receipt(hash));
  if (!found) return std::optional<Receipt>();
  Receipt out{};
  out.block_number = found->block_number;
  out.block_hash = found->block_hash;
  out.succeeded = found->succeeded;
  for (const Log& log : found->logs) {
    if (log.address != contract_) continue;
    CAIRN_ASSIGN(const Event event, two_step::decode_event(log.topics, log.data));
    out.events.push_back(event);
  }
  return std::optional(std::move(out));
}

Result<std::uint64_t> EthChain::mined_nonce(const Address& account) { return node_.mined_nonce(account); }

Result<std::uint64_t> EthChain::pending_nonce(const Address& account) { return node_.pending_nonce(account); }

Result<U256> EthChain::balance(const Address& account) { return node_.balance(account); }

Result<FeeMarket> EthChain::fee_market() { return node_.fee_market(); }

Result<Broadcast> EthChain::broadcast(ByteView raw) { return node_.broadcast(raw); }

Result<Simulation> EthChain::simulate(const Address& from, ByteView data) {
  return node_.simulate({.from = from, .to = contract_, .data = copy(data), .value = {}});
}

Result<bool> EthChain::proof_accepted(const Address& verifier, const Digest32& claim, ByteView proof) {
  CAIRN_ASSIGN(
      const CallResult result,
      node_.call({.from = contract_, .to = verifier, .data = two_step::verify(claim, proof), .value = {}}));
  if (!result.succeeded) return false;
  // verify() returns nothing, and so does an address without code.
  CAIRN_ASSIGN(const Bytes code, node_.code(verifier));
  return !code.empty();
}

Result<std::vector<OpenedSequence>> EthChain::opened(std::uint64_t from, std::uint64_t to) {
  CAIRN_ASSIGN(const auto logs, node_.logs(contract_, two_step::opened_topic(), from, to));
  std::vector<OpenedSequence> out;
  for (const Log& log : logs) {
    CAIRN_ASSIGN(OpenedSequence one, two_step::decode_opened(log.topics, log.data));
    one.block_number = log.block_number;
    out.push_back(std::move(one));
  }
  return out;
}

SignedTx TwoStepSigner::call(Bytes data, std::uint64_t nonce, const Fees& fees, std::uint64_t gas) const {
  Transaction tx;
  tx.chain_id = chain_id_;
  tx.nonce = nonce;
  tx.fees = fees;
  tx.gas = gas;
  tx.to = contract_;
  tx.data = std::move(data);
  return sign(tx, key_);
}

SignedTx TwoStepSigner::commit(const SequenceId& id, const Digest32& proof_hash, std::uint64_t nonce,
                               const Fees& fees, std::uint64_t gas) const {
  return call(commit_data(id, proof_hash), nonce, fees, gas);
}

SignedTx TwoStepSigner::reveal(const SequenceId& id, ByteView proof, std::uint64_t nonce, const Fees& fees,
                               std::uint64_t gas) const {
  return call(reveal_data(id, proof), nonce, fees, gas);
}

SignedTx TwoStepSigner::settle(const SequenceId& id, const Digest32& digest, std::uint64_t nonce,
                               const Fees& fees, std::uint64_t gas) const {
  return call(settle_data(id, digest), nonce, fees, gas);
}

SignedTx TwoStepSigner::pay_reward(const SequenceId& id, std::uint64_t nonce, const Fees& fees,
                                   std::uint64_t gas) const {
  return call(pay_reward_data(id), nonce, fees, gas);
}

SignedTx TwoStepSigner::fill_nonce(std::uint64_t nonce, const Fees& fees) const {
  Transaction tx;
  tx.chain_id = chain_id_;
  tx.nonce = nonce;
  tx.fees = fees;
  tx.gas = transfer_gas;
  tx.to = key_.address();
  return sign(tx, key_);
}

Bytes TwoStepSigner::commit_data(const SequenceId& id, const Digest32& proof_hash) const {
  return two_step::commit(id, proof_hash);
}

Bytes TwoStepSigner::reveal_data(const SequenceId& id, ByteView proof) const {
  return two_step::reveal(id, proof);
}

Bytes TwoStepSigner::settle_data(const SequenceId& id, const Digest32& digest) const {
  return two_step::settle(id, digest);
}

Bytes TwoStepSigner::pay_reward_data(const SequenceId& id) const {
  return two_step::pay_reward(id, address());
}

}  // namespace cairn::chain
