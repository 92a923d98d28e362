// From a commitment on chain to a settled one: the proof is shown here and nowhere else.
#include "chain/sender_turn.h"

namespace cairn::chain::sender {
namespace {

std::string hex0x(const Digest32& d) { return "0x" + hex(d); }

std::uint64_t blocks_left(const Turn& t, const Standing& s) {
  return s.last_block > t.head.number ? s.last_block - t.head.number : 0;
}

Result<bool> would_settle(Turn& t, Purpose want) {
  const Bytes data = want == Purpose::settle ? t.on.signer.settle_data(t.row.sequence, proof_digest(t.row))
                                             : t.on.signer.reveal_data(t.row.sequence, t.row.proof);
  t.row.want = want;
  return t.simulates(data);
}

}  // namespace

Result<Step> commit_mined(Turn& t) {
  CAIRN_ASSIGN(const Standing s, standing(t));
  return s.state == State::commit_mined ? t.wait(s.waiting_for) : t.go(s.state);
}

Result<Step> window_open(Turn& t) {
  CAIRN_ASSIGN(const Standing s, standing(t));
  if (s.state != State::window_open) return t.go(s.state);
  CAIRN_ASSIGN(const bool fits, would_settle(t, Purpose::reveal));
  if (!fits) return t.wait("the reveal to be accepted");
  return t.ask_nonce(State::reveal_nonce);
}

Result<Step> late_reveal(Turn& t) {
  CAIRN_ASSIGN(const Standing s, standing(t));
  if (s.state != State::late_reveal) return t.go(s.state);
  CAIRN_ASSIGN(bool fits, would_settle(t, Purpose::settle));
  if (!fits) {
    CAIRN_ASSIGN(fits, would_settle(t, Purpose::reveal));
  }
  if (!fits) return t.wait("the late reveal to be accepted");
  t.blocked.clear();
  return t.ask_nonce(State::reveal_nonce);
}

Result<Step> reveal_nonce(Turn& t) {
  const auto nonce = t.fresh_nonce();
  if (!nonce) return t.ask_nonce(State::reveal_nonce);
  CAIRN_ASSIGN(const Standing s, standing(t));
  CAIRN_ASSIGN(t.row.reveal, t.sign(t.row.want, *nonce, blocks_left(t, s)));
  return t.go(State::reveal_signed);
}

Result<Step> reveal_signed(Turn& t) {
  // An earlier run of this very step may have got it mined.
  CAIRN_ASSIGN(const auto receipt, t.look(*t.row.reveal));
  if (receipt) return t.go(State::reveal_sent);
  if (t.nonce_lost(*t.row.reveal)) {
    t.row.reveal.reset();
    return t.go(State::commit_mined);
  }
  CAIRN_ASSIGN(const Standing s, standing(t));
  bool fits =
      s.state == State::late_reveal || (s.state == State::window_open && t.row.want == Purpose::reveal);
  if (fits) {
    CAIRN_ASSIGN(fits, would_settle(t, t.row.want));
  }
  if (!fits) {
    // Nobody has seen the proof yet; the nonce is used up without it.
    t.retire(t.row.reveal);
    return t.go(s.state);
  }
  CAIRN_ASSIGN(std::string obstacle, t.obstacle(*t.row.reveal, blocks_left(t, s)));
  if (!obstacle.empty()) return t.wait(std::move(obstacle));
  CAIRN_TRY(t.push(*t.row.reveal, blocks_left(t, s)));
  return t.sent(State::reveal_sent);
}

Result<Step> reveal_sent(Turn& t) {
  Tx& tx = *t.row.reveal;
  CAIRN_ASSIGN(const auto receipt, t.look(tx));
  if (receipt) {
    if (t.settled(*receipt)) return t.go(State::verified);
    t.fact("reveal_reverted", hex0x(tx.attempts[tx.mined->attempt].hash));
    t.retire(t.row.reveal);
    return t.go(State::commit_mined);
  }
  if (t.nonce_lost(tx)) {
    t.row.reveal.reset();
    return t.go(State::commit_mined);
  }
  CAIRN_ASSIGN(const Standing s, standing(t));
  if (s.state == State::verified) return t.go(State::verified);
  const bool useless = t.row.want == Purpose::settle && s.state == State::window_open;
  const bool goes_on =
      s.state == State::window_open || s.state == State::late_reveal || s.state == State::commit_mined;
  if (useless || !goes_on) {
    t.retire(t.row.reveal);
    return t.go(s.state);
  }
  if (s.may_resend) CAIRN_TRY(t.push(tx, blocks_left(t, s)));
  return t.wait(s.may_resend ? "the reveal to be mined" : s.waiting_for);
}

}  // namespace cairn::chain::sender
