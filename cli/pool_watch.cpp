#include "cli/pool_watch.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "cli/process.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/limits.h"
#include "stages/stages.h"

namespace cairn::cli {
namespace {

constexpr const char* kPhases[] = {"open", "commit", "reveal", "proven", "over"};

bool is_running(const SequenceView& sequence) { return sequence.group.ended_ms == 0; }

std::uint64_t tasks_left(const SequenceView& sequence) {
  std::uint64_t left = 0;
  for (const auto& stage : sequence.stages) left += stage.all - stage.done;
  return left;
}

/// Before proving has begun most of a sequence's tasks do not exist yet.
bool is_cut(const SequenceView& sequence) {
  return std::any_of(sequence.stages.begin(), sequence.stages.end(),
                     [](const auto& stage) { return stage.name == "prove" && stage.all > 0; });
}

}  // namespace

void Rate::add(std::int64_t now_ms, std::uint64_t total) {
  if (!seen_.empty() && total < seen_.back().second) seen_.clear();  // another pool, or another chain
  seen_.emplace_back(now_ms, total);
  while (seen_.size() > 2 && seen_[1].first <= now_ms - kSpanMs) seen_.pop_front();
}

std::optional<double> Rate::per_second() const {
  if (seen_.size() < 2) return std::nullopt;
  const auto& [since_ms, before] = seen_.front();
  const auto& [now_ms, now] = seen_.back();
  if (now == before || now_ms <= since_ms) return std::nullopt;
  return static_cast<double>(now - before) * 1000 / static_cast<double>(now_ms - since_ms);
}

WindowView window_of(const chain::SequenceView& sequence, const chain::Windows& windows, std::uint64_t head) {
  using Phase = WindowView::Phase;
  if (sequence.state == chain::SequenceState::proven) return {Phase::proven};
  if (sequence.state != chain::SequenceState::open) return {Phase::over};
  if (sequence.round == 0) return {head <= sequence.expiry ? Phase::open : Phase::over};
  const std::uint64_t commit_end = sequence.first_commit_block + windows.commit_blocks;
  const std::uint64_t reveal_end = commit_end + windows.reveal_blocks;
  if (head <= commit_end) return {Phase::commit, commit_end - head};
  if (head <= reveal_end) return {Phase::reveal, reveal_end - head};
  return {Phase::over};
}

PoolWatch::PoolWatch(pipeline::Store& store, chain::Chain* chain, std::string run)
    : store_(store), chain_(chain), run_(std::move(run)) {}

Result<Json> PoolWatch::look(std::int64_t now_ms) {
  CAIRN_ASSIGN(PoolView view, read_view(store_, 0, limits::height_max, kSequencesMax));
  CAIRN_ASSIGN(const auto dead, store_.dead("", kDeadMax));
  std::uint64_t done = 0;
  for (const auto& stage : view.stages) done += stage.counts.done_total;
  tasks_.add(now_ms, done);

  Json out = to_json(view);
  out["stage_order"] = Json::array();
  for (const auto& stage : view.stages) out["stage_order"].push_back(stage.name);
  std::map<std::string, WindowView> windows;
  const auto chain = look_at_chain(view, now_ms, windows);
  out["chain"] = chain.ok() ? *chain : Json{{"why", chain.error().what}};
  const auto etas_ms = etas(view, windows);
  for (Json& sequence : out["sequences"]) {
    const std::string id = sequence["group"];
    if (const auto eta = etas_ms.find(id); eta != etas_ms.end()) sequence["eta_ms"] = eta->second;
    const auto window = windows.find(id);
    if (window == windows.end()) continue;
    sequence["window"] = {{"phase", kPhases[static_cast<int>(window->second.phase)]},
                          {"blocks_left", window->second.blocks_left}};
  }
  out["workers"] = workers(view);
  out["dead"] = Json::array();
  for (const pipeline::TaskRecord& task : dead) out["dead"].push_back(to_json(task));
  const auto rate = tasks_.per_second();
  out["tasks_per_second"] = rate ? Json(*rate) : Json();
  out["now_ms"] = unix_ms();
  return out;
}

Result<Json> PoolWatch::look_at_chain(PoolView& view, std::int64_t now_ms,
                                      std::map<std::string, WindowView>& windows) {
  if (chain_ == nullptr) return Json();
  CAIRN_ASSIGN(const chain::Head head, chain_->head());
  if (!windows_) {
    CAIRN_ASSIGN(windows_, chain_->windows());
  }
  blocks_.add(now_ms, head.number);
  for (const SequenceView& sequence : view.sequences) {
    const auto id = sequence.group.facts.find("sequence_id");
    if (!is_running(sequence) || id == sequence.group.facts.end() || windows.size() == kWindowsMax) continue;
    const auto parsed = digest_from_hex(id->second);
    if (!parsed.ok()) continue;
    CAIRN_ASSIGN(const chain::SequenceView on_chain, chain_->sequence(*parsed));
    windows[sequence.group.id] = window_of(on_chain, *windows_, head.number);
  }
  return Json{{"head", head.number}};
}

Json PoolWatch::workers(const PoolView& view) const {
  std::map<std::string, Json> by_name;
  std::set<std::string> stages;
  for (const auto& stage : view.stages) stages.insert(stage.name);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(run_, ignored)) {
    const std::string name = entry.path().stem();
    const std::size_t mark = name.rfind("-w");
    if (entry.path().extension() != ".http" || mark == std::string::npos ||
        !stages.contains(name.substr(0, mark)))
      continue;
    by_name[name] = {{"worker", name}, {"stage", name.substr(0, mark)}, {"tasks", Json::array()}};
  }
  for (const SequenceView& sequence : view.sequences) {
    for (const pipeline::TaskRecord& task : sequence.leased) {
      const std::string name = short_name(task.worker);
      Json& worker = by_name[name];
      if (worker.is_null()) worker = {{"worker", name}, {"stage", task.stage}, {"tasks", Json::array()}};
      worker["tasks"].push_back({{"task", task.id}, {"height", task.height}, {"since_ms", task.since_ms}});
    }
  }
  Json out = Json::array();
  for (auto& [name, worker] : by_name) out.push_back(std::move(worker));
  return out;
}

std::map<std::string, std::int64_t> PoolWatch::etas(const PoolView& view,
                                                    const std::map<std::string, WindowView>& windows) const {
  std::map<std::string, std::int64_t> out;
  const auto tasks_per_second = tasks_.per_second(), blocks_per_second = blocks_.per_second();
  if (!tasks_per_second) return out;
  std::uint64_t ahead = 0;  // lower heights go first
  for (const SequenceView& sequence : view.sequences) {
    if (!is_running(sequence)) continue;
    ahead += tasks_left(sequence);
    if (!is_cut(sequence) || sequence.group.state != "running") continue;
    double seconds = static_cast<double>(ahead) / *tasks_per_second;
    const auto window = windows.find(sequence.group.id);
    if (window != windows.end() && windows_) {
      std::uint64_t blocks = 1;  // a reveal is mined in the next one
      if (window->second.phase == WindowView::Phase::commit) blocks += window->second.blocks_left;
      if (window->second.phase == WindowView::Phase::open) blocks += windows_->commit_blocks;
      if (!blocks_per_second) continue;
      seconds = std::max(seconds, static_cast<double>(blocks) / *blocks_per_second);
    }
    out[sequence.group.id] = static_cast<std::int64_t>(seconds * 1000);
  }
  return out;
}

}  // namespace cairn::cli
