// How long each stage took over one sequence, by what the store remembers of its tasks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.h"
#include "pipeline/store.h"

namespace cairn::cli {

struct StageTime {
  std::string stage;
  std::uint64_t ms =
      0;  ///< from when its first task could begin until its last one was done, waiting included
  std::size_t tasks = 0;
  std::size_t workers = 0;     ///< that did them
  std::uint64_t ended_ms = 0;  ///< Unix time at which the last one was done
};

/// Of the stages from ingest to reveal, in that order, up to the first that is not done. A stage could begin
/// when the one before was done; proving, when the first batch was split. So aggregate is what joins take
/// after the last segment was proved: most of them run while others are still being proved. `tasks`: all of
/// the sequence.
std::vector<StageTime> stage_times(const pipeline::GroupRecord& sequence,
                                   const std::vector<pipeline::TaskRecord>& tasks);

/// {"ingest":{"seconds":0.02,"tasks":1,"workers":1},…}
Json to_json(const std::vector<StageTime>& times);
/// "ingest 0.0 s, split 0.2 s, prove 8.1 s (5 by 4 workers), …"; empty without times.
std::string to_text(const std::vector<StageTime>& times);
/// "8.1"
std::string tenths(std::uint64_t ms);

}  // namespace cairn::cli
