#include "cli/view.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "cli/terminal.h"
#include "common/clock.h"
#include "stages/stages.h"
#include "stages/task_ids.h"

namespace cairn::cli {
namespace {

constexpr std::size_t kTasksPerSequence = 512;

std::string pad(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
std::string pad_left(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}
std::string number(std::uint64_t n) { return std::to_string(n); }

std::string paint(const std::string& text, const char* colour, const Style& style) {
  return style.colour ? std::string("\x1b[") + colour + "m" + text + "\x1b[0m" : text;
}
const char* state_colour(const std::string& state) {
  if (state == "verified") return "32";
  if (state == "running") return "36";
  return "31";
}

std::string heights(const pipeline::GroupRecord& group) {
  const auto end = group.facts.find("end_height");
  const std::string first = number(group.height);
  return end == group.facts.end() || end->second == first ? first : first + "-" + end->second;
}

std::string seconds_since(std::uint64_t begun_ms, std::uint64_t ended_ms) {
  const std::uint64_t until = ended_ms ? ended_ms : static_cast<std::uint64_t>(unix_ms());
  const std::uint64_t tenths = until > begun_ms ? (until - begun_ms) / 100 : 0;
  return number(tenths / 10) + "." + number(tenths % 10) + " s";
}

Result<SequenceView> read_sequence(pipeline::Store& store, const pipeline::GroupRecord& group) {
  SequenceView out{group, {}, {}, {}};
  for (const stages::StageRow& row : stages::all_stages()) out.stages.push_back({std::string(row.name)});
  CAIRN_ASSIGN(const auto tasks, store.group_tasks(group.id, kTasksPerSequence));
  for (const pipeline::TaskRecord& task : tasks) {
    const auto stage = std::find_if(out.stages.begin(), out.stages.end(),
                                    [&](const auto& s) { return s.name == task.stage; });
    if (stage == out.stages.end()) continue;
    ++stage->all;
    if (task.state == pipeline::TaskState::done) ++stage->done;
    if (task.state == pipeline::TaskState::leased) {
      ++stage->running;
      out.leased.push_back(task);
    }
    if (task.state == pipeline::TaskState::dead) ++stage->dead;
  }
  if (tasks.size() < kTasksPerSequence) out.times = stage_times(group, tasks);
  return out;
}

}  // namespace

double share_done(const SequenceView& sequence) {
  std::uint64_t done = 0, all = 0;
  bool cut = false;
  for (const SequenceView::Stage& stage : sequence.stages) {
    done += stage.done;
    all += stage.all;
    cut = cut || (stage.name == "prove" && stage.all > 0);
  }
  return cut ? static_cast<double>(done) / static_cast<double>(all) : 0;
}

Style style_of(std::FILE* out) {
  const char* no_color = std::getenv("NO_COLOR");
  Style style;
  style.terminal = isatty(fileno(out)) == 1;
  style.colour = style.terminal && (no_color == nullptr || *no_color == '\0');
  return style;
}

Result<PoolView> read_view(pipeline::Store& store, std::uint64_t from, std::uint64_t to, std::size_t max) {
  PoolView view;
  for (const stages::StageRow& row : stages::all_stages()) {
    CAIRN_ASSIGN(const auto counts, store.counts(std::string(row.name)));
    view.stages.push_back({std::string(row.name), counts});
  }
  CAIRN_ASSIGN(const auto groups, store.groups(from, to, max));
  for (const pipeline::GroupRecord& group : groups) {
    if (stages::is_follower(group.id)) continue;
    CAIRN_ASSIGN(SequenceView sequence, read_sequence(store, group));
    view.sequences.push_back(std::move(sequence));
  }
  CAIRN_ASSIGN(view.stored_bytes, store.stored_bytes());
  return view;
}

std::string sequence_line(const SequenceView& sequence, const Style& style) {
  const auto& group = sequence.group;
  std::string line = pad(heights(group), 14) + paint(pad(group.state, 11), state_colour(group.state), style);
  if (style.terminal || group.ended_ms) line += pad(seconds_since(group.begun_ms, group.ended_ms), 10);
  if (group.ended_ms == 0) {
    for (const auto& stage : sequence.stages) {
      if (stage.all == 0 || (stage.done == stage.all)) continue;
      line += " " + stage.name + " " + number(stage.done) + "/" + number(stage.all);
      if (stage.running) line += "*";
      if (stage.dead) line += paint(" " + number(stage.dead) + " dead", "31", style);
    }
  }
  const auto sender = group.facts.find("sender");
  if (sender != group.facts.end() && group.ended_ms == 0) line += "  [" + sender->second + "]";
  if (!sequence.times.empty()) line += (group.ended_ms ? "" : "  ") + to_text(sequence.times);
  return line;
}

std::string to_text(const PoolView& view, const Style& style) {
  std::string out = pad("stage", 14);
  for (const char* column : {"ready", "leased", "waiting", "delayed", "dead", "done"}) {
    out += pad_left(column, 9);
  }
  out += "\n";
  for (const auto& stage : view.stages) {
    const auto& c = stage.counts;
    out += pad(stage.name, 14) + pad_left(number(c.ready), 9) + pad_left(number(c.leased), 9) +
           pad_left(number(c.waiting), 9) + pad_left(number(c.delayed), 9);
    const std::string dead = pad_left(number(c.dead), 9);
    out += (c.dead ? paint(dead, "31", style) : dead) + pad_left(number(c.done_total), 9) + "\n";
  }
  if (!view.sequences.empty()) out += "\n" + pad("heights", 14) + pad("state", 11) + "time\n";
  for (const SequenceView& sequence : view.sequences) out += sequence_line(sequence, style) + "\n";
  return out;
}

std::string stage_line(const PoolView::Stage& stage, const Style& style) {
  const auto& c = stage.counts;
  std::string line = "stage " + pad(stage.name, 12);
  for (const auto& [count, word] : {std::pair(c.ready, "ready"), std::pair(c.leased, "leased"),
                                    std::pair(c.waiting, "waiting"), std::pair(c.delayed, "delayed")}) {
    if (count) line += " " + number(count) + " " + word;
  }
  if (c.dead) line += paint(" " + number(c.dead) + " dead", "31", style);
  return line + " " + number(c.done_total) + " done";
}

Json to_json(const pipeline::GroupRecord& group) {
  return {{"group", group.id},          {"start_height", group.height}, {"state", group.state},
          {"begun_ms", group.begun_ms}, {"ended_ms", group.ended_ms},   {"facts", group.facts}};
}

Json to_json(const pipeline::TaskRecord& task) {
  static constexpr const char* states[] = {"waiting", "delayed", "ready",    "leased",
                                           "done",    "dead",    "cancelled"};
  return {{"task", task.id},
          {"stage", task.stage},
          {"height", task.height},
          {"group", task.group},
          {"state", states[static_cast<int>(task.state)]},
          {"fence", task.fence},
          {"attempts", task.attempts},
          {"deaths", task.deaths},
          {"waits_on", task.waits_on},
          {"worker", task.worker},
          {"reason", task.reason},
          {"needs", task.needs},
          {"since_ms", task.since_ms}};
}

Json to_json(const PoolView& view) {
  Json out = {{"stages", Json::object()}, {"sequences", Json::array()}, {"stored_bytes", view.stored_bytes}};
  for (const auto& stage : view.stages) {
    const auto& c = stage.counts;
    // clang-format off
    out["stages"][stage.name] = {
        {"ready", c.ready},       {"leased", c.leased},       {"waiting", c.waiting},
        {"delayed", c.delayed},   {"dead", c.dead},           {"done_total", c.done_total},
        {"failures_total", c.failures_total},                 {"leases_lost_total", c.leases_lost_total},
        {"stale_total", c.stale_total},                       {"duplicates_total", c.duplicates_total},
        {"oldest_ready_ms", c.oldest_ready_ms},               {"lowest_height", c.lowest_height},
        {"ready_by_need", c.ready_by_need}};
    // clang-format on
  }
  for (const SequenceView& sequence : view.sequences) {
    Json one = to_json(sequence.group);
    for (const auto& stage : sequence.stages) {
      if (stage.all)
        one["tasks"][stage.name] = {
            {"done", stage.done}, {"all", stage.all}, {"running", stage.running}, {"dead", stage.dead}};
    }
    one["stage_times"] = to_json(sequence.times);
    out["sequences"].push_back(std::move(one));
  }
  return out;
}

void Screen::draw(const PoolView& view, const std::string& progress) {
  std::string page;
  if (style_.terminal) {
    TerminalSize size = terminal_size(out_);
    size.rows -=
        std::min<std::size_t>(size.rows, progress.empty() ? 1 : 2);  // the cursor's line, and the progress
    page = fit(to_text(view, style_), size) + (progress.empty() ? "" : progress + "\n");
    if (lines_) std::fprintf(out_, "\x1b[%zuA\x1b[J", lines_);
    std::fputs(page.c_str(), out_);
    lines_ = static_cast<std::size_t>(std::count(page.begin(), page.end(), '\n'));
  } else {
    // Only what changed: whole pages would drown a log.
    const auto draw_line = [&](const std::string& line) {
      page += line + "\n";
      if (last_.find(line + "\n") == std::string::npos) std::fprintf(out_, "%s\n", line.c_str());
    };
    for (const PoolView::Stage& stage : view.stages) draw_line(stage_line(stage, style_));
    for (const SequenceView& sequence : view.sequences) draw_line(sequence_line(sequence, style_));
  }
  std::fflush(out_);
  last_ = std::move(page);
}

}  // namespace cairn::cli
