// The follower: a task of the ingest stage that never ends. Each step reads a bounded range of
// blocks for sequences opened on the contract and emits an ingest task for each that this pool can
// prove. Its cursor is its payload, which the runtime stores in the same atomic call as what the
// step emits: a restart goes on where the last step ended, without gaps or repeats.
//
// It stays `confirmations` below the head, so a reorg no deeper than that cannot make it miss an
// event. A sequence that is reorged away after all is harmless: it is proved in vain, and
// hash_commit stakes nothing on it until it is open on the canonical chain. When it is opened again
// with the same work its group is a known one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "chain/chain.h"
#include "pipeline/stage.h"
#include "stages/submission.h"

namespace cairn::stages {

struct FollowRules {
  std::uint64_t confirmations = 3;       ///< blocks that the follower stays below the head
  std::uint64_t blocks_per_step = 1000;  ///< asked for at once; halved while the peer refuses
  std::uint64_t poll_ms = 1000;          ///< between looks at the head, and after an error
  /// Anybody may open a sequence. Those that pay less, in wei, or are checked by another verifier
  /// are not worth proving.
  chain::U256 reward_min;
  std::set<chain::Address> verifiers;  ///< empty for any
};

/// Why a sequence is not taken, for counting.
enum class Skip : std::uint8_t {
  work,      ///< the attached work does not parse, is not known here, or is not what the event says
  over,      ///< proven or reclaimed already
  reward,    ///< below FollowRules::reward_min
  verifier,  ///< not one of FollowRules::verifiers
};
std::string_view skip_name(Skip reason);

struct Follow {
  chain::Chain* chain = nullptr;  ///< not null; borrowed, outlives the stage
  FollowRules rules;
  /// Told of each sequence that is not taken; again when a step runs again. May be empty.
  std::function<void(Skip)> count;
};

/// Sequences looked at in one step; a range with more is read in several.
inline constexpr std::size_t opened_per_step_max = 32;
inline constexpr std::uint64_t skips_told = 200;

/// Starts the follower of `contract` at `from_block`. Its id is the contract's: enqueueing it
/// again, with whatever block, changes nothing. It is a group of its own, for its facts.
pipeline::TaskSpec follow_task(const chain::Address& contract, std::uint64_t from_block);

/// One step; always `again` when there is no error. Facts of its group:
///   next_block     where it is
///   chain          "answers", or why it does not; then the cursor stays before what was not read
///   skipped_total  sequences not taken, see Skip
///   skipped.<n>    the last skips_told of these, each "<start>-<end> 0x<sequence id>: <why>"
/// Errors: corrupt (payload), cancelled.
Result<pipeline::Outcome> follow_step(const Follow& follow, const Catalog& catalog,
                                      const pipeline::Task& task, pipeline::Watch& watch);

/// A fact skipped.<n>, read back.
struct SkippedSequence {
  std::uint64_t start_height;
  std::uint64_t end_height;
  std::string sequence_id;  ///< 0x and 64 hex digits
  std::string why;
};
/// nullopt for a fact of another name, and for text that is not such a fact.
std::optional<SkippedSequence> read_skip(std::string_view name, const std::string& value);

}  // namespace cairn::stages
