// What the pool is doing, as data, as a page of text, and as JSON.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/stage_times.h"
#include "common/json.h"
#include "pipeline/store.h"

namespace cairn::cli {

struct SequenceView {
  pipeline::GroupRecord group;
  /// Tasks of the group by stage, in the order of the pipeline: done and all.
  struct Stage {
    std::string name;
    std::uint64_t done = 0, all = 0, running = 0, dead = 0;
  };
  std::vector<Stage> stages;
  std::vector<pipeline::TaskRecord> leased;  ///< its tasks that are being computed
  std::vector<StageTime> times;  ///< of the stages that are done; none of a sequence with very many tasks
};

struct PoolView {
  struct Stage {
    std::string name;
    pipeline::StageCounts counts;
  };
  std::vector<Stage> stages;
  std::vector<SequenceView> sequences;
  std::uint64_t stored_bytes = 0;
};

/// Reads up to `max` sequences with start heights in [from, to].
Result<PoolView> read_view(pipeline::Store& store, std::uint64_t from, std::uint64_t to, std::size_t max);

/// Of its tasks so far, 0 to 1; 0 before it is cut into segments, because most tasks do not exist then.
double share_done(const SequenceView& sequence);

/// How text is shown: no colour without a terminal, or with NO_COLOR; no running clocks without one.
struct Style {
  bool terminal = false;
  bool colour = false;
};
Style style_of(std::FILE* out);

std::string to_text(const PoolView& view, const Style& style);
Json to_json(const PoolView& view);
Json to_json(const pipeline::TaskRecord& task);
Json to_json(const pipeline::GroupRecord& group);
/// One line about a stage.
std::string stage_line(const PoolView::Stage& stage, const Style& style);
/// One line about a sequence.
std::string sequence_line(const SequenceView& sequence, const Style& style);

/// Redraws a page in place on a terminal, as much of it as fits; elsewhere prints a line only when it differs
/// from the last.
class Screen {
 public:
  explicit Screen(std::FILE* out) : out_(out), style_(style_of(out)) {}
  /// `progress` is the last line, on a terminal only.
  void draw(const PoolView& view, const std::string& progress = {});

 private:
  std::FILE* out_;
  Style style_;
  std::size_t lines_ = 0;
  std::string last_;
};

}  // namespace cairn::cli
