// The row of the sender's state machine: all that is known about getting one sequence's proof onto the
// chain. It is the payload of the task that carries it from stage to stage, so it is stored before the
// next step runs; sender.h says what each state does. sender_row.cpp has its layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chain/chain.h"
#include "common/bytes.h"
#include "common/digest.h"

namespace cairn::chain::sender {

enum class State : std::uint8_t {
  planned,        ///< has a proof, no commitment: waits for a commit window
  commit_nonce,   ///< asked for a nonce for the commitment
  commit_signed,  ///< the commitment is signed; nobody has seen it yet
  commit_sent,    ///< broadcast, not mined
  commit_mined,   ///< mined: waits for confirmations and the reveal window
  window_open,    ///< the proof may be shown
  late_reveal,    ///< another prover proved the sequence; our commitment can still settle
  reveal_nonce,   ///< asked for a nonce for the reveal (or settle)
  reveal_signed,  ///< signed; nobody has seen it yet
  reveal_sent,    ///< broadcast, not mined
  verified,       ///< our commitment is settled; the reward is not paid yet
  pay_nonce,      ///< asked for a nonce to collect the reward
  pay_signed,     ///< signed
  pay_sent,       ///< broadcast, not mined
  paid,           ///< settled and paid: waits for depth, then the group ends as "verified"
  window_lost,    ///< the round ended without our proof: on to the next one
  given_up,       ///< nothing left to win: waits for depth, then the group ends as "given_up"
};
inline constexpr std::size_t state_count = 17;

/// Stable lower-case name, used in facts, logs and metrics.
std::string_view state_name(State state);

enum class Purpose : std::uint8_t { commit, reveal, settle, pay, fill };
std::string_view purpose_name(Purpose purpose);

/// One set of signed bytes for a nonce. All attempts of a Tx share the nonce, so at most one is mined.
struct Attempt {
  Purpose purpose = Purpose::fill;
  Fees fees;
  std::uint64_t gas = 0;
  TxHash hash{};
};

/// Where an attempt was last seen mined. A reorg makes it vanish again.
struct Mined {
  std::uint64_t attempt = 0;  ///< index into Tx::attempts
  std::uint64_t block = 0;
  Digest32 block_hash{};
  bool succeeded = false;
};

/// A nonce that is ours, and what was signed to use it up.
struct Tx {
  std::uint64_t nonce = 0;
  std::vector<Attempt> attempts;    ///< oldest first; fees rise strictly
  Bytes raw;                        ///< signed bytes of the last attempt
  std::uint64_t sent_block = 0;     ///< head since which the node has `raw`; 0 when it is to be told
  std::uint64_t foreign_block = 0;  ///< head when the nonce was first seen used by none of `attempts`
  std::optional<Mined> mined;
};

inline constexpr std::size_t proof_bytes_max = 1u << 20;
inline constexpr std::size_t attempts_max = 64;
inline constexpr std::size_t retired_max = 16;

struct Row {
  State state = State::planned;
  std::uint64_t hop = 0;  ///< handoffs between stages so far; makes task ids unique
  SequenceId sequence{};
  Digest32 claim{};
  Bytes proof;                      ///< ≤ proof_bytes_max; secret until the reveal is broadcast
  std::uint64_t round = 0;          ///< of our commitment; 0 before it is mined
  Purpose want = Purpose::reveal;   ///< reveal or settle: what reveal_nonce will sign
  std::uint64_t gas = 0;            ///< limit for the transaction that a *_nonce state will sign
  std::uint64_t since_block = 0;    ///< head when the present condition was first seen; 0 for none
  std::uint64_t adopted_block = 0;  ///< head when a commitment without `commit` was found on chain
  std::uint64_t rounds_lost = 0;
  std::uint64_t behind_nonce = 0;  ///< the key's next nonce when another's was in our way …
  std::uint64_t behind_block = 0;  ///< … and the head when that was first seen; 0 for not waiting
  std::optional<Tx> commit;        ///< empty with a round: a commitment of a forgotten run, adopted
  std::optional<Tx> reveal;        ///< reveal or settle
  std::optional<Tx> pay;
  std::vector<Tx> retired;  ///< no longer wanted: each nonce must still be used up
  std::string reason;       ///< why it was given up
};

/// The row that aggregate hands to hash_commit. `claim` is what `proof` shows.
Row planned_row(const SequenceId& sequence, const Digest32& claim, Bytes proof);

Bytes encode(const Row& row);
/// Errors: invalid_input naming the field (malformed, another version, beyond the limits above).
Result<Row> decode_row(ByteView bytes);

}  // namespace cairn::chain::sender
