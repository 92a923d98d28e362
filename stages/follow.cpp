#include "stages/follow.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "stages/payload.h"
#include "stages/printable.h"
#include "stages/stage_names.h"
#include "stages/task_ids.h"

namespace cairn::stages {

using chain::OpenedSequence;
using pipeline::Outcome;

namespace {

Outcome again(Outcome outcome, const FollowPayload& cursor, std::uint64_t delay_ms,
              const std::string& chain_state = "answers") {
  outcome.again = pipeline::Again{encode(cursor), delay_ms, std::nullopt};
  outcome.facts.emplace_back("next_block", std::to_string(cursor.next_block));
  outcome.facts.emplace_back("chain", chain_state);
  outcome.facts.emplace_back("skipped_total", std::to_string(cursor.skipped));
  return outcome;
}

Outcome again_after(Outcome outcome, const Error& error, const FollowPayload& cursor,
                    const FollowRules& rules) {
  return again(std::move(outcome), cursor, rules.poll_ms, printable(error.what));
}

/// The blocks of one step, cursor.next_block … to, and how many to ask for in the next.
struct Range {
  FollowPayload cursor;
  std::uint64_t to;
  std::uint64_t safe_block;  ///< the highest that has its confirmations
  std::uint64_t wider_span;
  std::uint64_t narrower_span;
};

/// nullopt when there is no confirmed block to read yet.
std::optional<Range> next_range(const FollowPayload& cursor, std::uint64_t head, const FollowRules& rules) {
  if (head < rules.confirmations || cursor.next_block > head - rules.confirmations) return {};
  const std::uint64_t span_max = std::max<std::uint64_t>(rules.blocks_per_step, 1);
  const std::uint64_t span = cursor.span == 0 ? span_max : std::min(cursor.span, span_max);
  Range range;
  range.cursor = cursor;
  range.safe_block = head - rules.confirmations;
  range.to = cursor.next_block + std::min(span - 1, range.safe_block - cursor.next_block);
  range.wider_span = span < span_max / 2 ? span * 2 : 0;
  range.narrower_span = std::max<std::uint64_t>(span / 2, 1);
  return range;
}

/// A peer that lags behind the one that named the head knows of no events in blocks that it does not have.
Status check_reached(chain::Chain& chain, std::uint64_t block) {
  CAIRN_ASSIGN(const auto hash, chain.block_hash(block));
  if (hash) return {};
  return Error{Code::unavailable, "the peer does not have block " + std::to_string(block) + " yet"};
}

/// Events of a range of blocks. Errors: the chain's; corrupt when they are not in order or of other
/// blocks; unavailable when the peer does not have all of these.
Result<std::vector<OpenedSequence>> read_range(chain::Chain& chain, std::uint64_t from, std::uint64_t to) {
  CAIRN_ASSIGN(std::vector<OpenedSequence> events, chain.opened(from, to));
  std::uint64_t last = from;
  for (const OpenedSequence& event : events) {
    if (event.block_number < last || event.block_number > to) {
      return Error{Code::corrupt, "the peer's events are not in order, or of other blocks"};
    }
    last = event.block_number;
  }
  CAIRN_TRY(check_reached(chain, to));
  return events;
}

/// The work that the requester attached, if it is the work that the event pays for.
Result<Submission> attached_work(const OpenedSequence& event, const Catalog& catalog) {
  CAIRN_ASSIGN(Submission submission, parse_attached(event.data, event.id, catalog));
  if (submission.start_height != event.start_height || submission.end_height != event.end_height ||
      submission.claim != event.claim) {
    return Error{Code::invalid_input, "start_height, end_height or claim is not the event's"};
  }
  return submission;
}

struct NotTaken {
  Skip reason;
  std::string why;
};

/// Why the pool does not prove it; nullopt when it does. A proof or a reclaim counts only where no
/// reorg down to `safe_block` can undo it.
Result<std::optional<NotTaken>> why_not(chain::Chain& chain, const OpenedSequence& event,
                                        const FollowRules& rules, std::uint64_t safe_block) {
  using No = std::optional<NotTaken>;
  CAIRN_ASSIGN(const chain::SequenceView now, chain.sequence(event.id));
  // A peer that lags behind the one that knew the event: harmless to take.
  if (now.state == chain::SequenceState::none) return No();
  if (now.state == chain::SequenceState::reclaimed) return No({Skip::over, "reclaimed already"});
  if (now.state == chain::SequenceState::proven && now.proven_block <= safe_block) {
    return No({Skip::over, "proven already"});
  }
  if (now.reward < rules.reward_min) {
    return No({Skip::reward, "its reward of " + now.reward.decimal() +
                                 " is below chain.follow_reward_min_wei, " + rules.reward_min.decimal()});
  }
  if (!rules.verifiers.empty() && !rules.verifiers.contains(now.verifier)) {
    return No(
        {Skip::verifier, "its verifier 0x" + hex(now.verifier) + " is not one of chain.follow_verifiers"});
  }
  return No();
}

/// Why the sequence is not taken, nullopt when it is: then its first task is in `outcome`. Errors:
/// the chain's.
Result<std::optional<NotTaken>> take(const OpenedSequence& event, const Follow& follow,
                                     const Catalog& catalog, std::uint64_t safe_block, Outcome& outcome) {
  const auto submission = attached_work(event, catalog);
  if (!submission.ok()) return std::optional(NotTaken{Skip::work, submission.error().what});
  CAIRN_ASSIGN(auto no, why_not(*follow.chain, event, follow.rules, safe_block));
  if (!no) outcome.emits.push_back(ingest_task(*submission));
  return no;
}

void note_skip(const OpenedSequence& event, const NotTaken& no, const Follow& follow, std::uint64_t& skipped,
               Outcome& outcome) {
  outcome.facts.emplace_back("skipped." + std::to_string(skipped % skips_told),
                             std::to_string(event.start_height) + "-" + std::to_string(event.end_height) +
                                 " 0x" + hex(event.id) + ": " + no.why);
  ++skipped;
  if (follow.count) follow.count(no.reason);
}

/// Moves the cursor in front of `events[index]`.
void move_to(FollowPayload& cursor, const std::vector<OpenedSequence>& events, std::size_t index) {
  cursor.next_block = events[index].block_number;
  cursor.taken = 0;
  while (cursor.taken < index && events[index - cursor.taken - 1].block_number == cursor.next_block) {
    ++cursor.taken;
  }
}

/// Index of the first event that the cursor has not passed.
std::size_t first_new(const std::vector<OpenedSequence>& events, const FollowPayload& cursor) {
  std::size_t index = 0;
  while (index < events.size() && index < cursor.taken && events[index].block_number == cursor.next_block) {
    ++index;
  }
  return index;
}

/// Takes the events that the cursor has not passed. What ends it early: enough of them, or the
/// chain.
Result<Outcome> take_events(const std::vector<OpenedSequence>& events, const Range& range,
                            const Follow& follow, const Catalog& catalog, pipeline::Watch& watch) {
  Outcome outcome;
  FollowPayload cursor = range.cursor;
  const std::size_t first = first_new(events, cursor);
  for (std::size_t i = first; i < events.size(); ++i) {
    if (watch.cancelled()) return Error{Code::cancelled, "stopped between two sequences"};
    move_to(cursor, events, i);
    if (i == first + opened_per_step_max) return again(std::move(outcome), cursor, 0);
    const auto no = take(events[i], follow, catalog, range.safe_block, outcome);
    if (!no.ok()) return again_after(std::move(outcome), no.error(), cursor, follow.rules);
    if (*no) note_skip(events[i], **no, follow, cursor.skipped, outcome);
  }
  const FollowPayload behind{range.to + 1, 0, range.wider_span, cursor.skipped};
  return again(std::move(outcome), behind, range.to < range.safe_block ? 0 : follow.rules.poll_ms);
}

}  // namespace

std::string_view skip_name(Skip reason) {
  switch (reason) {
    case Skip::work:
      return "work";
    case Skip::over:
      return "over";
    case Skip::reward:
      return "reward";
    case Skip::verifier:
      return "verifier";
  }
  CAIRN_ASSERT(false);
}

std::optional<SkippedSequence> read_skip(std::string_view name, const std::string& value) {
  if (!name.starts_with("skipped.")) return std::nullopt;
  constexpr std::size_t id_digits = 66;
  SkippedSequence out{};
  const char* const end = value.data() + value.size();
  const auto start = std::from_chars(value.data(), end, out.start_height);
  if (start.ec != std::errc() || start.ptr == end || *start.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(start.ptr + 1, end, out.end_height);
  if (last.ec != std::errc() || last.ptr == end || *last.ptr != ' ') return std::nullopt;
  const std::string_view rest(last.ptr + 1, end);
  if (rest.size() < id_digits + 2 || rest.substr(id_digits, 2) != ": ") return std::nullopt;
  out.sequence_id = rest.substr(0, id_digits);
  out.why = rest.substr(id_digits + 2);
  return out;
}

pipeline::TaskSpec follow_task(const chain::Address& contract, std::uint64_t from_block) {
  pipeline::TaskSpec task;
  task.id = follow_id(contract);
  task.group = task.id;
  task.stage = kIngest;
  task.payload = encode(FollowPayload{from_block, 0, 0, 0});
  return task;
}

Result<Outcome> follow_step(const Follow& follow, const Catalog& catalog, const pipeline::Task& task,
                            pipeline::Watch& watch) {
  CAIRN_ASSIGN(const FollowPayload cursor, decode_follow(task.payload));
  const FollowRules& rules = follow.rules;
  const auto head = follow.chain->head();
  if (!head.ok()) return again_after({}, head.error(), cursor, rules);
  const std::optional<Range> range = next_range(cursor, head->number, rules);
  if (!range) return again({}, cursor, rules.poll_ms);
  const auto events = read_range(*follow.chain, cursor.next_block, range->to);
  if (!events.ok()) {
    // Peers refuse ranges with too many blocks or events in them.
    FollowPayload narrower = cursor;
    narrower.span = range->narrower_span;
    return again_after({}, events.error(), narrower, rules);
  }
  return take_events(*events, *range, follow, catalog, watch);
}

}  // namespace cairn::stages
