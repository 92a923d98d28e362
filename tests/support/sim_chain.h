// A chain with a TwoStepSubmission contract in memory: windows, stakes, nonces, a mempool with the
// strict replacement rule (both fees by 12.5 % and 1 wei), drops, reorgs, and RPC faults. Nothing happens
// by itself: the test mines every block. Semantics follow contracts/src/TwoStepSubmission.sol.
//
// A proof shows a claim when it starts with the claim's 32 bytes; what follows is free, so one claim has
// many valid proofs. Transactions and call data are MessagePack, made by SimSigner.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "chain/chain.h"
#include "chain/sender_row.h"

namespace cairn::sim {

using chain::Address;
using chain::Fees;
using chain::SequenceId;
using chain::TxHash;
using chain::sender::Purpose;

/// A call of the contract; Purpose::fill is a transfer of nothing to oneself.
struct SimCall {
  Purpose purpose = Purpose::fill;
  SequenceId sequence{};
  Digest32 digest{};  ///< proof hash of a commit, proof digest of a settle
  Bytes proof;        ///< of a reveal
};

struct SimTx {
  Address from{};
  std::uint64_t nonce = 0;
  Fees fees;
  SimCall call;
  TxHash hash{};
};

class SimSigner : public chain::TxSigner {
 public:
  explicit SimSigner(const Address& address) : address_(address) {}

  const Address& address() const override { return address_; }
  chain::SignedTx commit(const SequenceId& id, const Digest32& proof_hash, std::uint64_t nonce,
                         const Fees& fees, std::uint64_t gas) const override;
  chain::SignedTx reveal(const SequenceId& id, ByteView proof, std::uint64_t nonce, const Fees& fees,
                         std::uint64_t gas) const override;
  chain::SignedTx settle(const SequenceId& id, const Digest32& digest, std::uint64_t nonce, const Fees& fees,
                         std::uint64_t gas) const override;
  chain::SignedTx pay_reward(const SequenceId& id, std::uint64_t nonce, const Fees& fees,
                             std::uint64_t gas) const override;
  chain::SignedTx fill_nonce(std::uint64_t nonce, const Fees& fees) const override;
  Bytes commit_data(const SequenceId& id, const Digest32& proof_hash) const override;
  Bytes reveal_data(const SequenceId& id, ByteView proof) const override;
  Bytes settle_data(const SequenceId& id, const Digest32& digest) const override;
  Bytes pay_reward_data(const SequenceId& id) const override;

 private:
  Address address_;
};

struct SimSequence {
  chain::SequenceView view{};
  std::uint64_t opened_block = 0;
  std::uint64_t reward_left = 0;
  std::uint64_t settled_stake_left = 0;
};

struct SimCommitment {
  chain::CommitmentState state = chain::CommitmentState::none;
  bool paid = false;
  Digest32 proof_hash{};
  std::uint64_t stake = 0;
};

/// Everything that a reorg rewinds.
struct SimState {
  std::map<Address, std::uint64_t> nonces;
  std::map<Address, std::uint64_t> stakes;
  std::map<Address, std::uint64_t> rewards;  ///< paid so far
  std::map<SequenceId, SimSequence> sequences;
  std::map<std::tuple<SequenceId, std::uint64_t, Address>, SimCommitment> commitments;
  std::set<std::pair<SequenceId, Digest32>> verified;

  const SimCommitment* find(const SequenceId& id, std::uint64_t round, const Address& who) const;
};

class SimChain : public chain::Chain {
 public:
  explicit SimChain(const chain::Windows& windows);

  // --- set up and drive
  void open(const SequenceId& id, const Digest32& claim, std::uint64_t reward, std::uint64_t expiry);
  void reclaim(const SequenceId& id);
  void set_stake(const Address& account, std::uint64_t amount);
  void slash(const SequenceId& id, std::uint64_t round, const Address& account);
  /// Mines a block with the transactions for which `include` holds, as far as nonces and fees allow.
  void mine(const std::function<bool(const SimTx&)>& include = [](const SimTx&) { return true; });
  void mine_many(std::uint64_t blocks);
  /// Takes away the newest blocks. Their transactions go back to the mempool where `survives` holds.
  /// A real reorg brings at least as many new blocks: mine them.
  void unwind(std::uint64_t blocks, const std::function<bool(const SimTx&)>& survives);
  void drop(const Address& from, std::uint64_t nonce) { pool.erase({from, nonce}); }
  /// What `call` by `from` would do in block `number` after the head; "" when it succeeds.
  std::string would_revert(const Address& from, const SimCall& call) const;

  const SimState& state() const { return blocks_.back().state; }
  std::uint64_t number() const { return blocks_.back().number; }

  std::map<std::pair<Address, std::uint64_t>, SimTx> pool;
  std::uint64_t base_fee = 1'000'000'000;
  std::uint64_t min_tip = 1;        ///< wei per gas below which nothing is mined
  std::set<Address> without_funds;  ///< their broadcasts are refused
  bool next_block_calls = true;     ///< calls see the next block's number, else the head's
  /// Runs before each question; an error is returned instead of the answer. May mine.
  std::function<Status(std::string_view question)> before = [](auto) { return Status(); };
  /// Runs after a broadcast has had its effect; an error replaces the answer.
  std::function<Status(const SimTx&)> after_broadcast = [](const auto&) { return Status(); };
  /// Sees each broadcast that reaches the node, before its effect.
  std::function<void(const SimTx&)> on_broadcast = [](const auto&) {};
  /// Sees each transaction mined, with its receipt.
  std::function<void(const SimTx&, const chain::Receipt&)> on_mined = [](const auto&, const auto&) {};

  // --- Chain
  Result<chain::Head> head() override;
  Result<std::optional<Digest32>> block_hash(std::uint64_t number) override;
  Result<chain::Windows> windows() override;
  Result<chain::SequenceView> sequence(const SequenceId& id) override;
  Result<chain::CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                           const Address& prover) override;
  Result<chain::ProverView> prover(const Address& account) override;
  Result<std::optional<chain::Receipt>> receipt(const TxHash& hash) override;
  Result<std::uint64_t> mined_nonce(const Address& account) override;
  Result<std::uint64_t> pending_nonce(const Address& account) override;
  Result<chain::U256> balance(const Address& account) override;
  Result<chain::FeeMarket> fee_market() override;
  Result<chain::Broadcast> broadcast(ByteView raw) override;
  Result<chain::Simulation> simulate(const Address& from, ByteView data) override;
  Result<bool> proof_accepted(const Address& verifier, const Digest32& claim, ByteView proof) override;
  Result<std::vector<chain::OpenedSequence>> opened(std::uint64_t from, std::uint64_t to) override;

 private:
  struct Block {
    std::uint64_t number = 0;
    Digest32 hash{};
    std::vector<std::pair<SimTx, chain::Receipt>> txs;
    SimState state;
  };

  SimState& mutable_state() { return blocks_.back().state; }
  Digest32 new_hash();
  bool mineable(const SimTx& tx, const SimState& state) const;
  /// Executes in block `number`; returns the revert, and adds events to `events`.
  std::string execute(SimState& state, std::uint64_t number, const Address& from, const SimCall& call,
                      std::vector<chain::Event>& events) const;
  std::string commit(SimState&, std::uint64_t number, const Address&, const SimCall&,
                     std::vector<chain::Event>&) const;
  std::string settle(SimState&, std::uint64_t number, const Address&, const SimCall&,
                     std::vector<chain::Event>&) const;
  std::string pay(SimState&, std::uint64_t number, const Address&, const SimCall&,
                  std::vector<chain::Event>&) const;
  bool round_runs(const SimSequence& s, std::uint64_t number) const;

  chain::Windows windows_;
  std::vector<Block> blocks_;
  std::map<TxHash, chain::Receipt> receipts_;  ///< of the canonical chain
  std::uint64_t hashes_ = 0;
};

/// The proof of `claim` that ends with `tail`.
Bytes sim_proof(const Digest32& claim, std::string_view tail);
/// keccak256(keccak256(proof) ‖ prover)
Digest32 bound_hash(ByteView proof, const Address& prover);
Address sim_address(std::uint8_t name);
Digest32 sim_digest(std::string_view name);
/// Decodes what SimSigner signed. The bytes must be its own (asserted).
SimTx decode_sim_tx(ByteView raw);

}  // namespace cairn::sim
