// The sender: brings one sequence's proof onto the chain and collects the reward, in two steps, so that
// nobody can steal the proof. It is a state machine without memory: a step reads the row, asks the
// chain a few questions, and returns the next row. The caller stores that row before it runs the next
// step; this is what makes crashes harmless:
//
//   * a step that signs never broadcasts. The bytes are in the row, and stored, before anybody sees
//     them; a repeated step sends the same bytes again, which changes nothing.
//   * a nonce is granted by the store together with the row's move into a *_nonce state, and read only
//     there. A nonce that the row no longer wants is used up by a transfer of nothing to oneself.
//   * what has happened is read from the chain in every step, never remembered: a receipt counts only
//     while its block is canonical. A reorg, a row restored from an older copy, another prover's proof
//     and a commitment of a forgotten run all look like any other step.
//
// state          stage        what it waits for, and where it goes
// planned        hash_commit  open sequence, commit window with margin, proof accepted by the verifier,
//                             commit simulated → commit_nonce · commitment of ours on chain →
//                             commit_mined · nothing left to win → given_up · too many rounds lost → dead
// commit_nonce   hash_commit  the nonce; signs → commit_signed
// commit_signed  hash_commit  window still open: broadcasts → commit_sent · else → planned
// commit_sent    resend       ProofHashCommitted → commit_mined · reverted, or too late → planned
// commit_mined   resend       confirmations and the reveal window → window_open · another prover's proof
//                             → late_reveal · commitment reorged away → commit_sent · → window_lost
// window_open    reveal       reveal simulated → reveal_nonce · conditions gone → commit_mined
// late_reveal    reveal       settle (or reveal) simulated → reveal_nonce · over → given_up
// reveal_nonce   reveal       the nonce; signs → reveal_signed
// reveal_signed  reveal       commitment canonical, in time, simulated again: broadcasts → reveal_sent
// reveal_sent    resend       CommitmentSettled → verified · reverted, or too late → commit_mined
// verified       resend       paid already → paid · reward due → pay_nonce · reorg → reveal_sent
// pay_nonce      resend       the nonce; signs → pay_signed
// pay_signed     resend       simulated again: broadcasts → pay_sent
// pay_sent       resend       RewardPaid → paid · reverted → verified
// paid           resend       depth: the group ends as "verified" · reorg → verified
// window_lost    resend       → planned, for the next round; the lost round's stake is slashable
// given_up       resend       depth: the group ends as "given_up" · hope again (reorg) → planned
//
// In every state, first: transactions that are no longer wanted are watched until their nonces are used
// up and deep; a nonce that blocks ours for too long, because whoever held it is gone, is filled.
// Time is counted in blocks; there is no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chain/chain.h"
#include "chain/fees.h"
#include "chain/sender_row.h"

namespace cairn::chain::sender {

/// Configured. Lengths are in blocks of the chain.
struct Policy {
  std::uint64_t confirmations_commit = 2;  ///< blocks, its own included, before a commitment is relied on
  std::uint64_t confirmations_final = 12;  ///< blocks before the outcome is reported and forgotten
  std::uint64_t commit_margin_blocks = 3;  ///< blocks that must remain to get a commitment mined
  std::uint64_t reveal_margin_blocks = 2;  ///< blocks that must remain when the proof is first shown
  /// Blocks past the commit window before the proof is shown: a reorg of so many cannot reopen it.
  std::uint64_t reveal_depth_blocks = 1;
  std::uint64_t gap_after_blocks = 8;     ///< a nonce that blocks ours for so long is filled
  std::uint64_t rounds_lost_max = 3;      ///< each costs a slash; then the task is dead, for a person to see
  std::uint64_t gas_margin_percent = 30;  ///< on top of the estimate
  std::uint64_t poll_ms = 1000;           ///< about the block time
  FeePolicy fees;

  /// For waits that no block ends: a chain that did not answer, a nonce that another row is about to use.
  std::uint64_t retry_ms() const { return poll_ms / 8 + 1; }
};

struct Services {
  Chain& chain;
  const TxSigner& signer;
  Policy policy;
};

using Facts = std::vector<std::pair<std::string, std::string>>;

/// What one step made of a row.
struct Step {
  Row row;
  std::uint64_t delay_ms = 0;                ///< before the next step
  std::optional<std::uint64_t> nonce_floor;  ///< set: grant a nonce of at least this with the row
  Facts facts;
  std::string end;   ///< not empty: finished, as "verified" or "given_up"; the row holds no live nonce
  std::string dead;  ///< not empty: cannot go on, for this reason; the row holds no live nonce
};

/// The stage that runs rows in `state`: "hash_commit", "reveal" or "resend".
std::string_view desk(State state);

/// Counter of the nonces of `account` in the store: "nonce/0x…".
std::string nonce_counter(const Address& account);

/// `granted` is the nonce that came with the row, if any. Safe to repeat with the same arguments.
/// Errors are those of `services.chain`, whatever their code: nothing is known, keep the row and
/// repeat later.
Result<Step> step(const Row& row, std::optional<std::uint64_t> granted, const Services& services);

}  // namespace cairn::chain::sender
