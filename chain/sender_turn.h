// One step of the sender in progress: the row being changed, what this step has learned, and the
// operations that several states share. Private to chain/sender*.cpp.
#pragma once

#include <optional>
#include <string>

#include "chain/sender.h"

namespace cairn::chain::sender {

inline constexpr std::uint64_t no_deadline = UINT64_MAX;

/// Transactions that one row may hold beside the retired ones, and one more. So many places are free in
/// Row::retired whenever a nonce is taken.
inline constexpr std::size_t live_max = 4;

/// The sequence and our commitment in one round, at about the same head.
struct Scene {
  Windows windows;
  SequenceView sequence;
  CommitmentView ours;  ///< `none` when the round asked for is 0

  std::uint64_t commit_last() const { return sequence.first_commit_block + windows.commit_blocks; }
  std::uint64_t reveal_last() const { return commit_last() + windows.reveal_blocks; }
  std::uint64_t settle_last() const { return sequence.proven_block + windows.settlement_blocks; }
};

/// What the contract would do with a commitment in the block after the head.
enum class Phase : std::uint8_t {
  absent,      ///< the contract does not know the sequence
  idle,        ///< a commitment starts a round
  committing,  ///< a commitment joins the round
  revealing,   ///< the round accepts reveals only
  expired,     ///< no round runs and none may start
  proven,
  reclaimed,
};

struct Turn {
  const Services& on;
  Row row;
  std::optional<std::uint64_t> granted;  ///< the nonce that came with the row
  Head head{};
  std::uint64_t mined_nonce = 0;  ///< read before any receipt, see nonce_lost
  Facts facts{};

  /// Reads the head and the key's nonce. Call once, first.
  Status begin();

  // --- ends of a step
  /// To `state`, at once. Leaving for planned, given_up, window_lost or commit_sent retires the
  /// transactions that have no meaning there.
  Step go(State state);
  /// To `state` after a broadcast: there is nothing to see before the next block.
  Step sent(State state);
  /// The same state again after the poll period, or at once when there are new bytes to broadcast.
  Step wait(std::string what);
  /// To `state`, one of *_nonce, with the next nonce of the key.
  Result<Step> ask_nonce(State state);
  Step end(std::string status);
  Step die(std::string why);

  // --- transactions (sender_tx.cpp)
  /// The nonce that came with the row, unless a transaction of the row has it already: then the grant
  /// was for an earlier purpose.
  std::optional<std::uint64_t> fresh_nonce() const;
  /// The first attempt for a nonce. `blocks_left` to its deadline, 0 when that has passed.
  Result<Tx> sign(Purpose purpose, std::uint64_t nonce, std::uint64_t blocks_left);
  /// Looks for a canonical receipt of any attempt; updates tx.mined.
  Result<std::optional<Receipt>> look(Tx& tx);
  /// True when the nonce was used by none of the attempts, and has been so for long enough that no
  /// reorg or slow receipt explains it.
  bool nonce_lost(Tx& tx);
  /// Gets an unmined transaction on: broadcasts its stored bytes, or signs a better offer (which is
  /// broadcast by the next step). `blocks_left` to its deadline.
  Status push(Tx& tx, std::uint64_t blocks_left);
  /// Why an unmined transaction could not be in the next block: a lower nonce that the node does not
  /// have, or a base fee above the offer (then a better one is signed, if the limits allow). Empty when
  /// nothing is in the way. Asked before the proof is shown.
  Result<std::string> obstacle(Tx& tx, std::uint64_t blocks_left);
  void retire(std::optional<Tx>& tx);
  /// Uses up the nonces of retired transactions and forgets those that are deep; fills a foreign gap.
  Status tend();
  bool deep(const Tx& tx) const;

  // --- the chain's view (sender_scene.cpp)
  Result<Scene> scene(std::uint64_t round);
  Phase phase(const Scene& scene) const;
  /// Why the sequence can never pay us; empty while it still may.
  std::string hopeless(const Scene& scene) const;
  bool is_ours(const CommitmentView& commitment) const;
  /// What our commitment binds: the row's proof and the key's account.
  Digest32 proof_hash() const;
  /// Round of our ProofHashCommitted in a receipt.
  std::optional<std::uint64_t> committed_round(const Receipt& receipt) const;
  bool settled(const Receipt& receipt) const;
  /// Of our RewardPaid events.
  std::optional<U256> reward(const Receipt& receipt) const;

  /// Runs `data` on the latest state. True: it succeeds, and row.gas is set. False: `blocked` says why.
  Result<bool> simulates(const Bytes& data);

  void fact(std::string name, std::string value) { facts.emplace_back(std::move(name), std::move(value)); }
  std::string blocked{};    ///< why the chain did not take something, for people
  bool soon = false;        ///< what it waits for is a matter of steps, not of blocks
  bool signed_now = false;  ///< new bytes are in the row, to be broadcast once it is stored
};

Digest32 proof_digest(const Row& row);

/// Where a row whose commitment is on chain stands. The single place that decides whether the proof
/// may be shown.
struct Standing {
  State state;  ///< commit_mined for "wait", else where to go
  std::string waiting_for;
  std::uint64_t last_block = 0;  ///< that accepts our reveal; 0 when none does
  bool may_resend = false;       ///< a reveal that is already public may be broadcast again
};
Result<Standing> standing(Turn& turn);

// --- one function per state
Result<Step> planned(Turn& turn);  // sender_commit.cpp
Result<Step> commit_nonce(Turn& turn);
Result<Step> commit_signed(Turn& turn);
Result<Step> commit_sent(Turn& turn);
Result<Step> commit_mined(Turn& turn);  // sender_reveal.cpp
Result<Step> window_open(Turn& turn);
Result<Step> late_reveal(Turn& turn);
Result<Step> reveal_nonce(Turn& turn);
Result<Step> reveal_signed(Turn& turn);
Result<Step> reveal_sent(Turn& turn);
Result<Step> verified(Turn& turn);  // sender_pay.cpp
Result<Step> pay_nonce(Turn& turn);
Result<Step> pay_signed(Turn& turn);
Result<Step> pay_sent(Turn& turn);
Result<Step> paid(Turn& turn);
Result<Step> window_lost(Turn& turn);  // sender_end.cpp
Result<Step> given_up(Turn& turn);

}  // namespace cairn::chain::sender
