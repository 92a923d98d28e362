#include "cli/sequence_watch.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "chain/sender_row.h"
#include "stages/task_ids.h"

namespace cairn::cli {

using chain::sender::state_name;

Status SequenceWatch::tick(std::int64_t now_ms) {
  if (now_ms < next_ms_) return {};
  const Result<bool> last = read_page();
  if (last.ok() && *last) show();
  const bool over = !last.ok() || *last;
  if (over) count_ = {};
  next_ms_ = now_ms + (over ? kPeriodMs : kPageMs);
  return last.ok() ? Status() : last.error();
}

Result<bool> SequenceWatch::read_page() {
  CAIRN_ASSIGN(const auto groups, store_.groups(count_.height, limits::height_max, count_.page));
  for (const pipeline::GroupRecord& group : groups) {
    if (group.height != count_.height) {
      count_.height = group.height;
      count_.counted.clear();
    }
    if (count_.counted.insert(group.id).second) add(group);
  }
  if (groups.size() < count_.page) return true;
  // The next page begins with the height of the last, of which there may be more: it must reach beyond it.
  const bool one_height = groups.front().height == groups.back().height;
  if (one_height && count_.page == kSameHeightMax) {
    ++count_.height;
    count_.counted.clear();
  }
  count_.page = one_height ? std::min(count_.page * 2, kSameHeightMax) : kPage;
  return false;
}

void SequenceWatch::add(const pipeline::GroupRecord& group) {
  const auto rounds = group.facts.find("rounds_lost");
  if (rounds != group.facts.end()) count_.rounds_lost += std::strtod(rounds->second.c_str(), nullptr);
  if (group.ended_ms != 0 || stages::is_follower(group.id)) return;
  ++count_.by_state[group.state];
  if (!count_.lowest) count_.lowest = group.height;
  const auto sender = group.facts.find("sender");
  if (sender != group.facts.end()) ++count_.by_sender[sender->second];
}

void SequenceWatch::show() const {
  const auto of = [](const auto& counts, std::string_view name) {
    const auto count = counts.find(name);
    return count == counts.end() ? 0 : count->second;
  };
  for (const char* state : {"running", "stalled"})
    metrics_.set(Metric::sequences, {state}, of(count_.by_state, state));
  for (std::size_t i = 0; i < chain::sender::state_count; ++i) {
    const std::string_view name = state_name(static_cast<chain::sender::State>(i));
    metrics_.set(Metric::sender_sequences, {name}, of(count_.by_sender, name));
  }
  metrics_.set(Metric::rounds_lost, {}, count_.rounds_lost);
  metrics_.set(
      Metric::lowest_unfinished, {},
      count_.lowest ? static_cast<double>(*count_.lowest) : std::numeric_limits<double>::quiet_NaN());
}

}  // namespace cairn::cli
