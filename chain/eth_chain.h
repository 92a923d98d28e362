// A TwoStepSubmission contract behind a JSON-RPC node, and the signer of its transactions.
#pragma once

#include "chain/chain.h"
#include "chain/eth_node.h"
#include "chain/signer.h"

namespace cairn::chain {

/// Not thread-safe: one per thread.
class EthChain : public Chain {
 public:
  EthChain(EthNode node, const Address& contract) : node_(std::move(node)), contract_(contract) {}

  Result<Head> head() override;
  Result<std::optional<Digest32>> block_hash(std::uint64_t number) override;
  Result<Windows> windows() override;
  Result<SequenceView> sequence(const SequenceId& id) override;
  Result<CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                    const Address& prover) override;
  Result<ProverView> prover(const Address& account) override;
  Result<std::optional<Receipt>> receipt(const TxHash& hash) override;
  Result<std::uint64_t> mined_nonce(const Address& account) override;
  Result<std::uint64_t> pending_nonce(const Address& account) override;
  Result<U256> balance(const Address& account) override;
  Result<FeeMarket> fee_market() override;
  Result<Broadcast> broadcast(ByteView raw) override;
  Result<Simulation> simulate(const Address& from, ByteView data) override;
  Result<bool> proof_accepted(const Address& verifier, const Digest32& claim, ByteView proof) override;
  /// Errors also: exhausted, naming the block, when one has more events than an answer may hold.
  Result<std::vector<OpenedSequence>> opened(std::uint64_t from, std::uint64_t to) override;

  /// The plain node, for what the contract has no part in.
  EthNode& node() { return node_; }
  const Address& contract() const { return contract_; }

 private:
  /// What a view of the contract returns. Errors also: not_found when there is no contract.
  Result<Bytes> view(Bytes data);

  EthNode node_;
  Address contract_;
};

/// Thread-safe.
class TwoStepSigner : public TxSigner {
 public:
  TwoStepSigner(SecretKey key, std::uint64_t chain_id, const Address& contract)
      : key_(std::move(key)), chain_id_(chain_id), contract_(contract) {}

  const Address& address() const override { return key_.address(); }
  SignedTx commit(const SequenceId& id, const Digest32& proof_hash, std::uint64_t nonce, const Fees& fees,
                  std::uint64_t gas) const override;
  SignedTx reveal(const SequenceId& id, ByteView proof, std::uint64_t nonce, const Fees& fees,
                  std::uint64_t gas) const override;
  SignedTx settle(const SequenceId& id, const Digest32& digest, std::uint64_t nonce, const Fees& fees,
                  std::uint64_t gas) const override;
  SignedTx pay_reward(const SequenceId& id, std::uint64_t nonce, const Fees& fees,
                      std::uint64_t gas) const override;
  SignedTx fill_nonce(std::uint64_t nonce, const Fees& fees) const override;
  Bytes commit_data(const SequenceId& id, const Digest32& proof_hash) const override;
  Bytes reveal_data(const SequenceId& id, ByteView proof) const override;
  Bytes settle_data(const SequenceId& id, const Digest32& digest) const override;
  Bytes pay_reward_data(const SequenceId& id) const override;

  /// Any other call of the contract, such as stake() and open().
  SignedTx call(Bytes data, std::uint64_t nonce, const Fees& fees, std::uint64_t gas) const;

 private:
  SecretKey key_;
  std::uint64_t chain_id_;
  Address contract_;
};

}  // namespace cairn::chain
