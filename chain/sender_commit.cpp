// From a proof in hand to a commitment on chain.
#include <algorithm>

#include "chain/sender_turn.h"
#include "common/digest.h"

namespace cairn::chain::sender {
namespace {

std::string hex0x(const Digest32& d) { return "0x" + hex(d); }

/// A commitment of ours that this row does not know as its own is taken over; if one of the retired
/// transactions made it, that one is the row's commitment again.
Step adopt(Turn& t, std::uint64_t round) {
  auto& retired = t.row.retired;
  const auto made_it = std::find_if(retired.begin(), retired.end(), [](const Tx& tx) {
    return tx.mined && tx.mined->succeeded && tx.attempts[tx.mined->attempt].purpose == Purpose::commit;
  });
  if (made_it != retired.end()) {
    t.row.commit = std::move(*made_it);
    retired.erase(made_it);
  }
  t.row.round = round;
  t.row.adopted_block = std::max<std::uint64_t>(t.head.number, 1);
  t.fact("adopted_round", std::to_string(round));
  return t.go(State::commit_mined);
}

/// Blocks in which a commitment can still be mined to some use; 0 for none.
std::uint64_t commit_blocks_left(const Turn& t, const Scene& scene) {
  switch (t.phase(scene)) {
    case Phase::committing:
      return scene.commit_last() - t.head.number;
    case Phase::idle:
      return scene.sequence.expiry - t.head.number;
    default:
      return 0;
  }
}

/// A stake that could not be defended is never put down: with the latest possible commitment the proof
/// must still be confirmed and shown in time.
bool windows_suffice(const Windows& w, const Policy& p) {
  const std::uint64_t confirmations = p.confirmations_commit > 0 ? p.confirmations_commit - 1 : 0;
  return w.reveal_blocks >= std::max(p.reveal_depth_blocks, confirmations) + p.reveal_margin_blocks;
}

/// Why not to commit in this block, though a proof is in hand; empty to go on.
std::string commit_obstacle(const Turn& t, const Scene& scene) {
  const auto block = [](std::uint64_t n) { return std::to_string(n); };
  switch (t.phase(scene)) {
    case Phase::absent:
      return "the sequence to be opened on the contract";
    case Phase::revealing:
      return "the round to end with block " + block(scene.reveal_last());
    case Phase::committing:
      if (scene.ours.state != CommitmentState::none) {
        return "the round to end: it holds our commitment to another proof";
      }
      if (commit_blocks_left(t, scene) < t.on.policy.commit_margin_blocks) {
        return "the next round: the commit window ends with block " + block(scene.commit_last());
      }
      return "";
    case Phase::idle:
      if (commit_blocks_left(t, scene) < t.on.policy.commit_margin_blocks) {
        return "its expiry: too late to start a round";
      }
      return "";
    default:
      return "";
  }
}

Result<bool> would_commit(Turn& t) {
  return t.simulates(t.on.signer.commit_data(t.row.sequence, t.proof_hash()));
}

/// A commitment of ours is on chain, and this transaction did not make it. It may have been mined since
/// its receipt was asked for: believed only when it is still so in a later block.
Step already_committed(Turn& t) {
  if (t.row.since_block == 0) t.row.since_block = std::max<std::uint64_t>(t.head.number, 1);
  if (t.head.number > t.row.since_block) return t.go(State::planned);
  return t.wait("the commitment to be mined");
}

}  // namespace

Result<Step> planned(Turn& t) {
  CAIRN_ASSIGN(Scene scene, t.scene(0));
  const SequenceView& sequence = scene.sequence;
  if (sequence.round != 0) {
    CAIRN_ASSIGN(scene.ours, t.on.chain.commitment(t.row.sequence, sequence.round, t.on.signer.address()));
  }
  if (sequence.state != SequenceState::none && sequence.claim != t.row.claim) {
    return t.die("the proof shows claim " + hex0x(t.row.claim) + ", the sequence asks for " +
                 hex0x(sequence.claim));
  }
  t.row.reason = t.hopeless(scene);
  if (!t.row.reason.empty()) return t.go(State::given_up);

  const Phase phase = t.phase(scene);
  const bool running = phase == Phase::committing || phase == Phase::revealing || phase == Phase::proven;
  const bool committed =
      scene.ours.state == CommitmentState::committed || scene.ours.state == CommitmentState::settled;
  if (running && committed && t.is_ours(scene.ours)) return adopt(t, sequence.round);
  std::string obstacle = commit_obstacle(t, scene);
  if (!obstacle.empty()) return t.wait(std::move(obstacle));

  if (t.row.rounds_lost >= t.on.policy.rounds_lost_max) {
    return t.die("lost " + std::to_string(t.row.rounds_lost) +
                 " rounds, each for a slash; raise rounds_lost_max and replay to go on");
  }
  if (!windows_suffice(scene.windows, t.on.policy)) {
    return t.die("the contract's windows are too short for the configured confirmations and margins");
  }
  CAIRN_ASSIGN(const bool fits, would_commit(t));
  if (!fits) return t.wait("the commitment to be accepted");
  CAIRN_ASSIGN(const bool accepted,
               t.on.chain.proof_accepted(sequence.verifier, sequence.claim, t.row.proof));
  if (!accepted) return t.die("the sequence's verifier rejects the proof");
  return t.ask_nonce(State::commit_nonce);
}

Result<Step> commit_nonce(Turn& t) {
  const auto nonce = t.fresh_nonce();
  if (!nonce) return t.ask_nonce(State::commit_nonce);
  CAIRN_ASSIGN(const Scene scene, t.scene(0));
  CAIRN_ASSIGN(t.row.commit, t.sign(Purpose::commit, *nonce, commit_blocks_left(t, scene)));
  return t.go(State::commit_signed);
}

Result<Step> commit_signed(Turn& t) {
  // An earlier run of this very step may have got it mined.
  CAIRN_ASSIGN(const auto receipt, t.look(*t.row.commit));
  if (receipt) return t.go(State::commit_sent);
  CAIRN_ASSIGN(const Scene scene, t.scene(0));
  const std::uint64_t left = commit_blocks_left(t, scene);
  if (left == 0) return t.go(State::planned);
  CAIRN_ASSIGN(const bool fits, would_commit(t));
  if (!fits) return t.go(State::planned);
  CAIRN_TRY(t.push(*t.row.commit, left));
  return t.sent(State::commit_sent);
}

Result<Step> commit_sent(Turn& t) {
  Tx& tx = *t.row.commit;
  CAIRN_ASSIGN(const auto receipt, t.look(tx));
  if (receipt) {
    const auto round = t.committed_round(*receipt);
    if (!round) {
      t.fact("commit_reverted", hex0x(tx.attempts[tx.mined->attempt].hash));
      return t.go(State::planned);
    }
    t.row.round = *round;
    t.fact("round", std::to_string(*round));
    t.fact("commit_block", std::to_string(receipt->block_number));
    t.fact("commit_tx", hex0x(tx.attempts[tx.mined->attempt].hash));
    return t.go(State::commit_mined);
  }
  if (t.nonce_lost(tx)) {
    t.row.commit.reset();
    return t.go(State::planned);
  }
  CAIRN_ASSIGN(Scene scene, t.scene(0));
  if (t.phase(scene) == Phase::absent) return t.wait("the sequence to appear again");
  const std::uint64_t left = commit_blocks_left(t, scene);
  if (left == 0) return t.go(State::planned);
  if (t.phase(scene) == Phase::committing) {
    CAIRN_ASSIGN(scene.ours,
                 t.on.chain.commitment(t.row.sequence, scene.sequence.round, t.on.signer.address()));
    if (scene.ours.state != CommitmentState::none) return already_committed(t);
  }
  CAIRN_TRY(t.push(tx, left));
  return t.wait("the commitment to be mined");
}

}  // namespace cairn::chain::sender
