// What the sender asks of an EVM chain and of the TwoStepSubmission contract on it. One call is one
// bounded question; nothing here retries or remembers.
//
// Errors of every call: unavailable and timeout say that the outcome is unknown (a broadcast may have
// been accepted); corrupt says that the peer's answer makes no sense.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chain/u256.h"
#include "common/bytes.h"
#include "common/digest.h"

namespace cairn::chain {

using Address = std::array<std::uint8_t, 20>;
using SequenceId = Digest32;
using TxHash = Digest32;

struct Head {
  std::uint64_t number;
  Digest32 hash;
};

/// Lengths in blocks; see contracts/src/interfaces/ITwoStepSubmission.sol.
struct Windows {
  std::uint64_t commit_blocks;
  std::uint64_t reveal_blocks;
  std::uint64_t settlement_blocks;
  std::uint64_t withdrawal_blocks;
};

enum class SequenceState : std::uint8_t { none, open, proven, reclaimed };
struct SequenceView {
  SequenceState state;
  std::uint64_t start_height;
  std::uint64_t end_height;
  std::uint64_t expiry;
  std::uint64_t round;               ///< 0 before the first commit
  std::uint64_t first_commit_block;  ///< T of the current round
  std::uint64_t proven_block;
  std::uint64_t committed_count;
  std::uint64_t settled_count;
  Digest32 claim;
  Address verifier;
  U256 reward;
};

enum class CommitmentState : std::uint8_t { none, committed, settled, slashed };
struct CommitmentView {
  CommitmentState state;
  bool paid;
  Digest32 proof_hash;
  U256 stake;
};

struct ProverView {
  U256 stake;
  U256 bonded;
  U256 withdrawing;
  std::uint64_t unsettled;
};

/// An event of the contract, decoded; fields that an event does not have are zero.
struct Event {
  enum class Kind : std::uint8_t { committed, proven, settled, paid, slashed, opened, other } kind;
  SequenceId sequence;
  Address prover;
  std::uint64_t round = 0;
  U256 amount;
};

struct Receipt {
  std::uint64_t block_number;
  Digest32 block_hash;
  bool succeeded;  ///< status 1; what really happened is in `events`
  std::vector<Event> events;
};

struct FeeMarket {
  U256 base_fee;      ///< wei per gas of the next block
  U256 priority_fee;  ///< wei per gas that gets a transaction mined now
};

/// A sequence opened on the contract, with the task line that its requester attached.
struct OpenedSequence {
  SequenceId id;
  std::uint64_t block_number;
  std::uint64_t start_height;
  std::uint64_t end_height;
  Digest32 claim;
  Bytes data;
};

enum class Broadcast : std::uint8_t {
  accepted,            ///< taken, or already known
  nonce_too_low,       ///< something with this nonce is mined: look for the receipts of every attempt
  underpriced,         ///< raise the fees
  insufficient_funds,  ///< tell the operator; keep the row
  rejected,            ///< the node will never take these bytes
};

/// What a call would do in the next block.
struct Simulation {
  bool succeeds;
  std::string revert;  ///< name and arguments of the contract's custom error, or the node's text
  std::uint64_t gas;   ///< estimate; 0 when it reverts
};

class Chain {
 public:
  virtual ~Chain() = default;

  virtual Result<Head> head() = 0;
  /// Hash of the canonical block at `number`; nullopt above the head.
  virtual Result<std::optional<Digest32>> block_hash(std::uint64_t number) = 0;
  virtual Result<Windows> windows() = 0;
  virtual Result<SequenceView> sequence(const SequenceId& id) = 0;
  virtual Result<CommitmentView> commitment(const SequenceId& id, std::uint64_t round,
                                            const Address& prover) = 0;
  virtual Result<ProverView> prover(const Address& account) = 0;
  virtual Result<std::optional<Receipt>> receipt(const TxHash& hash) = 0;
  /// Transactions of `account` in the canonical chain: the next free nonce without the mempool.
  virtual Result<std::uint64_t> mined_nonce(const Address& account) = 0;
  virtual Result<std::uint64_t> pending_nonce(const Address& account) = 0;
  virtual Result<U256> balance(const Address& account) = 0;
  virtual Result<FeeMarket> fee_market() = 0;
  /// Sends signed bytes. Repeating it with the same bytes is always safe.
  virtual Result<Broadcast> broadcast(ByteView raw) = 0;
  /// Runs `data` against the contract as `from` on the latest state.
  virtual Result<Simulation> simulate(const Address& from, ByteView data) = 0;
  /// Asks the sequence's verifier whether `proof` shows `claim`; false when it reverts.
  virtual Result<bool> proof_accepted(const Address& verifier, const Digest32& claim, ByteView proof) = 0;
  /// SequenceOpened events of blocks `from` … `to`, inclusive, in order.
  virtual Result<std::vector<OpenedSequence>> opened(std::uint64_t from, std::uint64_t to) = 0;
};

struct Fees {
  U256 max_fee_per_gas;
  U256 max_priority_fee_per_gas;
};

struct SignedTx {
  Bytes raw;
  TxHash hash;
};

/// Builds and signs transactions of one key to one contract on one chain. Pure: the same arguments
/// give the same bytes (RFC 6979), so that a repeated step repeats the same transaction.
class TxSigner {
 public:
  virtual ~TxSigner() = default;
  virtual const Address& address() const = 0;
  virtual SignedTx commit(const SequenceId& id, const Digest32& proof_hash, std::uint64_t nonce,
                          const Fees& fees, std::uint64_t gas) const = 0;
  virtual SignedTx reveal(const SequenceId& id, ByteView proof, std::uint64_t nonce, const Fees& fees,
                          std::uint64_t gas) const = 0;
  virtual SignedTx settle(const SequenceId& id, const Digest32& digest, std::uint64_t nonce, const Fees& fees,
                          std::uint64_t gas) const = 0;
  virtual SignedTx pay_reward(const SequenceId& id, std::uint64_t nonce, const Fees& fees,
                              std::uint64_t gas) const = 0;
  /// A transfer of nothing to oneself: uses up a nonce that nothing else will use.
  virtual SignedTx fill_nonce(std::uint64_t nonce, const Fees& fees) const = 0;
  /// The call data that the transactions above carry, for Chain::simulate.
  virtual Bytes commit_data(const SequenceId& id, const Digest32& proof_hash) const = 0;
  virtual Bytes reveal_data(const SequenceId& id, ByteView proof) const = 0;
  virtual Bytes settle_data(const SequenceId& id, const Digest32& digest) const = 0;
  virtual Bytes pay_reward_data(const SequenceId& id) const = 0;
};

}  // namespace cairn::chain
