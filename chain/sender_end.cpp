// Lost rounds and lost causes.
#include <algorithm>

#include "chain/sender_turn.h"

namespace cairn::chain::sender {

Result<Step> window_lost(Turn& t) {
  // The commitment is retired by now; whether the round is really over shows in planned, which takes
  // the commitment up again if a reorg has brought the round back.
  ++t.row.rounds_lost;
  t.fact("rounds_lost", std::to_string(t.row.rounds_lost));
  t.fact("lost_round", std::to_string(t.row.round));
  return t.go(State::planned);
}

Result<Step> given_up(Turn& t) {
  CAIRN_ASSIGN(Scene scene, t.scene(0));
  if (scene.sequence.round != 0) {
    CAIRN_ASSIGN(scene, t.scene(scene.sequence.round));
  }
  t.row.reason = t.hopeless(scene);
  if (t.row.reason.empty()) return t.go(State::planned);
  if (t.row.since_block == 0) t.row.since_block = std::max<std::uint64_t>(t.head.number, 1);
  const bool deep = t.head.number + 1 >= t.row.since_block + t.on.policy.confirmations_final;
  if (!deep || !t.row.retired.empty()) return t.wait("depth: " + t.row.reason);
  t.fact("given_up", t.row.reason);
  return t.end("given_up");
}

}  // namespace cairn::chain::sender
