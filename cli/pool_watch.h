// What a pool is doing, as JSON for the console: what `cairn status` shows, who works on what, what is dead
// and why, how long it will take, and the windows on the chain.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "chain/chain.h"
#include "cli/view.h"

namespace cairn::cli {

/// How fast a counter grows, over the last kSpanMs.
class Rate {
 public:
  static constexpr std::int64_t kSpanMs = 60'000;
  void add(std::int64_t now_ms, std::uint64_t total);
  /// nullopt until it has grown.
  std::optional<double> per_second() const;

 private:
  std::deque<std::pair<std::int64_t, std::uint64_t>> seen_;  // oldest first
};

/// Where a round of two-step submission stands. Blocks as in contracts/src/interfaces/ITwoStepSubmission.sol.
struct WindowView {
  enum class Phase : std::uint8_t { open, commit, reveal, proven, over } phase;
  std::uint64_t blocks_left = 0;  ///< of the phase, when it is commit or reveal
};
/// At block `head`.
WindowView window_of(const chain::SequenceView& sequence, const chain::Windows& windows, std::uint64_t head);

/// Used by one thread.
class PoolWatch {
 public:
  /// `chain` may be null: then there are no windows. `run` holds the address files of this machine's
  /// processes. All are borrowed.
  PoolWatch(pipeline::Store& store, chain::Chain* chain, std::string run);

  /// Errors: those of the store. While the chain does not answer, windows are missing and "chain" says why.
  Result<Json> look(std::int64_t now_ms);

  static constexpr std::size_t kSequencesMax = 200, kDeadMax = 100, kWindowsMax = 50;

 private:
  Result<Json> look_at_chain(PoolView& view, std::int64_t now_ms, std::map<std::string, WindowView>& windows);
  Json workers(const PoolView& view) const;
  /// Milliseconds until the sequences of `view` end, by id, where that can be told.
  std::map<std::string, std::int64_t> etas(const PoolView& view,
                                           const std::map<std::string, WindowView>& windows) const;

  pipeline::Store& store_;
  chain::Chain* chain_;
  std::string run_;
  Rate tasks_, blocks_;
  std::optional<chain::Windows> windows_;
};

}  // namespace cairn::cli
