// The chain as the sender sees it: windows, phases, and whose commitment is whose.
#include "chain/sender_turn.h"
#include "chain/two_step_abi.h"

namespace cairn::chain::sender {

Result<Scene> Turn::scene(std::uint64_t round) {
  Scene out{};
  CAIRN_ASSIGN(out.windows, on.chain.windows());
  CAIRN_ASSIGN(out.sequence, on.chain.sequence(row.sequence));
  if (round != 0) {
    CAIRN_ASSIGN(out.ours, on.chain.commitment(row.sequence, round, on.signer.address()));
  }
  return out;
}

Phase Turn::phase(const Scene& scene) const {
  switch (scene.sequence.state) {
    case SequenceState::none:
      return Phase::absent;
    case SequenceState::proven:
      return Phase::proven;
    case SequenceState::reclaimed:
      return Phase::reclaimed;
    case SequenceState::open:
      break;
  }
  const std::uint64_t next = head.number + 1;
  if (scene.sequence.round == 0 || next > scene.reveal_last()) {
    return next > scene.sequence.expiry ? Phase::expired : Phase::idle;
  }
  return next <= scene.commit_last() ? Phase::committing : Phase::revealing;
}

std::string Turn::hopeless(const Scene& scene) const {
  switch (phase(scene)) {
    case Phase::expired:
      return "it expired before a round proved it";
    case Phase::reclaimed:
      return "its requester reclaimed the reward";
    case Phase::proven:
      break;
    default:
      return "";
  }
  switch (scene.ours.state) {
    case CommitmentState::settled:
      return "";
    case CommitmentState::none:
      return "another prover proved it";
    case CommitmentState::slashed:
      return "another prover proved it, and our commitment was slashed";
    case CommitmentState::committed:
      break;
  }
  if (!is_ours(scene.ours)) return "another prover proved it, and we committed to another proof";
  return head.number >= scene.settle_last() ? "our commitment was not settled in time" : "";
}

bool Turn::is_ours(const CommitmentView& commitment) const { return commitment.proof_hash == proof_hash(); }

Digest32 Turn::proof_hash() const { return two_step::proof_hash(row.proof, on.signer.address()); }

std::optional<std::uint64_t> Turn::committed_round(const Receipt& receipt) const {
  if (!receipt.succeeded) return std::nullopt;
  for (const Event& e : receipt.events) {
    if (e.kind == Event::Kind::committed && e.sequence == row.sequence && e.prover == on.signer.address()) {
      return e.round;
    }
  }
  return std::nullopt;
}

bool Turn::settled(const Receipt& receipt) const {
  if (!receipt.succeeded) return false;
  for (const Event& e : receipt.events) {
    if (e.kind == Event::Kind::settled && e.sequence == row.sequence && e.prover == on.signer.address()) {
      return true;
    }
  }
  return false;
}

std::optional<U256> Turn::reward(const Receipt& receipt) const {
  for (const Event& e : receipt.events) {
    if (receipt.succeeded && e.kind == Event::Kind::paid && e.sequence == row.sequence &&
        e.prover == on.signer.address()) {
      return e.amount;
    }
  }
  return std::nullopt;
}

Result<Standing> standing(Turn& t) {
  Row& row = t.row;
  const Policy& policy = t.on.policy;
  const auto wait_for = [](std::string what) {
    return Standing{State::commit_mined, std::move(what), 0, false};
  };

  if (row.commit) {
    CAIRN_ASSIGN(const auto receipt, t.look(*row.commit));
    if (!receipt) return Standing{State::commit_sent, "", 0, false};
    const auto round = t.committed_round(*receipt);
    if (!round) return Standing{State::planned, "", 0, false};
    row.round = *round;
  }
  CAIRN_ASSIGN(const Scene scene, t.scene(row.round));
  const SequenceView& sequence = scene.sequence;
  switch (scene.ours.state) {
    case CommitmentState::settled:
      return Standing{State::verified, "", 0, false};
    case CommitmentState::slashed:
      return Standing{State::window_lost, "", 0, false};
    case CommitmentState::none:
      if (row.commit) return wait_for("the node to agree with itself");
      return Standing{State::planned, "", 0, false};
    case CommitmentState::committed:
      break;
  }
  if (!t.is_ours(scene.ours)) return Standing{State::planned, "", 0, false};
  if (sequence.round < row.round || sequence.state == SequenceState::none) {
    return wait_for("the node to agree with itself");
  }
  if (sequence.round > row.round) return Standing{State::window_lost, "", 0, false};

  const bool proven = sequence.state == SequenceState::proven;
  if (sequence.state == SequenceState::reclaimed) {
    return Standing{State::window_lost, "", 0, false};
  }
  const std::uint64_t last = proven ? scene.settle_last() : scene.reveal_last();
  if (t.head.number >= last) {
    return Standing{proven ? State::given_up : State::window_lost, "", 0, false};
  }

  const std::uint64_t mined = row.commit ? row.commit->mined->block : row.adopted_block;
  if (t.head.number + 1 < mined + policy.confirmations_commit) {
    return wait_for("confirmations of the commitment");
  }
  if (!proven && t.head.number < scene.commit_last() + policy.reveal_depth_blocks) {
    return wait_for("the reveal window after block " + std::to_string(scene.commit_last()));
  }
  Standing out{proven ? State::late_reveal : State::window_open, "", last, true};
  if (last - t.head.number < policy.reveal_margin_blocks) {
    out.state = State::commit_mined;
    out.waiting_for = "the round to end: too late to show the proof in it";
  }
  return out;
}

}  // namespace cairn::chain::sender
