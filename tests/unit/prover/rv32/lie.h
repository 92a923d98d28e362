// What a lying prover has: the recording of a run that is not the program's, and tables that claim that it
// is.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "prover/rv32/segment_tree.h"
#include "tests/unit/prover/rv32/rig.h"

namespace cairn::rv32::test {

/// A segment's recording, the tree that it opens, and what is claimed.
struct Attempt {
  Recording recording;
  std::vector<engine::Digest> siblings;
  SegmentClaim claim;

  TreeTrace tree() const {
    return TreeTrace::make(recording.chunks, recording.code_chunks, siblings).value();
  }
  /// The roots that follow from the recording.
  void claim_roots() {
    const TreeTrace opened = tree();
    claim.root_in = opened.opened().root_before;
    claim.root_out = opened.opened().root_after;
  }
  /// Everything wrong with the tables. `change` may write other cells.
  std::vector<std::string> faults(const std::function<void(const Tables&)>& change = {}) const {
    const TreeTrace opened = tree();
    const Tables tables(recording, &opened);
    if (change) change(tables);
    return to_strings(engine::check_trace<Rv32>(tables.views(), to_public_values(claim)));
  }
};

inline Attempt honest_attempt(const Segment& segment) {
  return {record(segment).value(), segment.siblings, claim_of(segment)};
}

inline std::vector<Step>& steps_of(Recording& recording, Family family) {
  return recording.steps[static_cast<std::size_t>(family)];
}

/// Which tables lie when what ran is not the program: those of its instructions, which say that they are the
/// program's and have the results of others; none, so that chips look up other instructions than the decoder
/// has; or none, so that the decoder has other words than the tree.
enum class Lying { instructions, lookups, decoder };

/// Runs `other` and says that it was `program`, from whose memory it begins: where their code differs, what
/// is lying says that it is that of `program`, and so does all that comes after it. Both exit in one segment,
/// and do not read their code as data.
inline Attempt pass_off(const Image& other, const Image& program, ByteView other_input = {},
                        ByteView input = {}, Lying lying = Lying::instructions) {
  const Segment ran = segments_of(other, 1u << 20, other_input).front();
  Attempt out = honest_attempt(ran);
  const auto word_of = [&](std::uint32_t pc) {
    return get_u32(program.segments.front().bytes, pc - program.segments.front().address);
  };
  for (std::size_t family = 0; lying == Lying::instructions && family < kFamilies; ++family) {
    std::vector<Step> steps = std::exchange(out.recording.steps[family], {});
    for (Step& step : steps) {
      step.instruction = decode(word_of(step.pc));
      out.recording.steps[static_cast<std::size_t>(row_of(step.instruction.op).family)].push_back(step);
    }
  }
  if (lying != Lying::decoder) {
    for (FetchedWord& at : out.recording.code) at.word = word_of(at.pc);
  }
  for (TouchedCode& chunk : out.recording.code_chunks) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      const std::uint32_t pc = chunk.index * kChunkBytes + 4 * i;
      if (chunk.words[i] != 0) chunk.words[i] = word_of(pc);
    }
  }
  std::vector<ByteRun> runs = image_runs(program);
  const Bytes content = framed(input);
  runs.insert(
      std::find_if(runs.begin(), runs.end(), [](const ByteRun& run) { return run.address >= kRomBegin; }),
      {kInputBegin, content});
  out.siblings = MemoryTree(runs).siblings(opened_leaves(ran));
  out.claim_roots();
  return out;
}

/// Calls `change` for each access of the recording, with its time.
template <class Change>
void for_each_access(Recording& recording, const Change& change) {
  for (auto& steps : recording.steps) {
    for (Step& step : steps) {
      const std::pair<WordAccess*, std::uint32_t> all[] = {
          {&step.rs1, Slot::rs1}, {&step.rs2, Slot::rs2}, {&step.memory, Slot::memory}, {&step.rd, Slot::rd}};
      const OpRow& row = row_of(step.instruction.op);
      const bool has_rs1 = row.format != Format::U && row.format != Format::J;
      const bool has_rs2 = row.format == Format::R || row.format == Format::S || row.format == Format::B ||
                           row.family == Family::system;
      const bool has_memory = row.family >= Family::load_word && row.family <= Family::store_narrow;
      const bool has_rd = row.format != Format::S && row.format != Format::B && row.format != Format::N;
      const bool has[] = {has_rs1, has_rs2, has_memory, has_rd};
      for (std::size_t i = 0; i < 4; ++i) {
        if (has[i]) change(*all[i].first, step.time + all[i].second, step);
      }
    }
  }
}

/// All that happens from `time` on happens `by` later.
inline void shift_times(Recording& recording, std::uint32_t time, std::int32_t by) {
  const auto moved = [&](std::uint32_t at) { return at >= time ? at + static_cast<std::uint32_t>(by) : at; };
  for_each_access(recording,
                  [&](WordAccess& access, std::uint32_t, Step&) { access.before = moved(access.before); });
  for (auto& steps : recording.steps) {
    for (Step& step : steps) step.time = moved(step.time);
  }
  for (TouchedChunk& chunk : recording.chunks) {
    for (std::uint32_t& at : chunk.times) at = moved(at);
  }
}

/// Who came after the access to `address` at `time` comes after the one at `before` instead.
inline void pass_over(Recording& recording, std::uint32_t address, std::uint32_t time, std::uint32_t before) {
  for_each_access(recording, [&](WordAccess& access, std::uint32_t, Step&) {
    if (access.address == address && access.before == time) access.before = before;
  });
  for (TouchedChunk& chunk : recording.chunks) {
    if (chunk.index == address / kChunkBytes && chunk.times[address / 4 % 8] == time)
      chunk.times[address / 4 % 8] = before;
  }
}

}  // namespace cairn::rv32::test
