#include "cli/sequence_watch.h"

#include <array>
#include <cstdlib>
#include <map>

#include "chain/sender_row.h"
#include "stages/task_ids.h"

namespace cairn::cli {

using chain::sender::state_name;

Status SequenceWatch::tick(std::int64_t now_ms) {
  if (now_ms < next_ms_) return {};
  next_ms_ = now_ms + kPeriodMs;
  return look();
}

Status SequenceWatch::look() {
  CAIRN_ASSIGN(const auto groups, store_.groups(0, limits::height_max, kSequencesMax));
  std::map<std::string, double> by_state = {{"running", 0}, {"stalled", 0}};
  std::map<std::string, double, std::less<>> by_sender;
  double rounds_lost = 0, lowest = 0;
  for (const pipeline::GroupRecord& group : groups) {
    const auto rounds = group.facts.find("rounds_lost");
    if (rounds != group.facts.end()) rounds_lost += std::strtod(rounds->second.c_str(), nullptr);
    if (group.ended_ms != 0 || stages::is_follower(group.id)) continue;
    const auto state = by_state.find(group.state);
    if (state != by_state.end()) ++state->second;
    if (lowest == 0) lowest = static_cast<double>(group.height);
    const auto sender = group.facts.find("sender");
    if (sender != group.facts.end()) ++by_sender[sender->second];
  }
  for (const auto& [state, count] : by_state) metrics_.set(Metric::sequences, {state}, count);
  for (std::size_t i = 0; i < chain::sender::state_count; ++i) {
    const std::string_view name = state_name(static_cast<chain::sender::State>(i));
    const auto count = by_sender.find(name);
    metrics_.set(Metric::sender_sequences, {name}, count == by_sender.end() ? 0 : count->second);
  }
  metrics_.set(Metric::rounds_lost, {}, rounds_lost);
  metrics_.set(Metric::lowest_unfinished, {}, lowest);
  return {};
}

}  // namespace cairn::cli
