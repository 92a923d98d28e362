#include "prover/rv32/machine.h"

#include <algorithm>

#include "prover/rv32/footprint.h"
#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {
namespace {

/// Below this, blocks are run one by one with exact limits; above it, many at once and counted later.
constexpr std::uint64_t kFuelMin = 1024;
/// Code chunks that one visit of a block may count, so that a segment always has room for data too.
constexpr std::uint32_t kCodeChunksAtOnce = 16;

}  // namespace

CodeRegion* Executor::Machine::region_at(std::uint32_t pc) {
  for (CodeRegion& region : code) {
    if ((pc - region.address) >> 2 < region.words) return &region;
  }
  return nullptr;
}

std::uint32_t Executor::Machine::mark_code(CodeRegion& region, std::uint32_t index) {
  Block& block = region.blocks[index];
  const std::uint32_t first = region.address % kChunkBytes / 4;  // words of its first chunk before the region
  std::uint32_t covered = 0, fresh = 0;
  while (covered < block.length) {
    const std::uint32_t chunk = (first + index + covered) * 4 / kChunkBytes;
    if (region.chunk_marks[chunk] != segment_mark) {
      if (fresh == kCodeChunksAtOnce || !memory.count_code_chunk(region.address / kChunkBytes + chunk))
        return covered;
      ++fresh;
      region.chunk_marks[chunk] = segment_mark;
      code_chunks.emplace_back(&region, chunk);
    }
    covered = std::min(block.length, (chunk + 1) * (kChunkBytes / 4) - first - index);
  }
  block.mark = segment_mark;
  marked_blocks.emplace_back(&region, index);
  return covered;
}

void Executor::Machine::count(const CodeRegion& region, std::uint32_t index, std::uint32_t length,
                              std::uint64_t times) {
  counts.cycles += length * times;
  for (std::uint32_t i = index; i < index + length; ++i) {
    const auto op = static_cast<Op>(region.steps[i].code);
    counts.rows[static_cast<std::size_t>(row_of(op).family)] += times;
  }
}

void Executor::Machine::count_blocks() {
  for (const auto& [region, index] : marked_blocks) {
    Block& block = region->blocks[index];
    if (block.runs == 0) continue;
    count(*region, index, block.length, block.runs);
    block.runs = 0;
  }
}

std::uint64_t Executor::Machine::safe_fuel() const {
  std::uint64_t fuel =
      std::min(segment_limits.cycles - counts.cycles, limits.cycles - state.cycle - counts.cycles);
  for (std::size_t i = 0; i < kFamilies; ++i) fuel = std::min(fuel, segment_limits.rows[i] - counts.rows[i]);
  if (!counts_cells()) return fuel;
  // All of them may be of one family. What is not taken here is left to the tree.
  const std::uint64_t now = instruction_cells(counts), used = now + memory.cells();
  const std::uint64_t room = segment_limits.cells - std::min(segment_limits.cells, used);
  while (fuel >= kFuelMin && instruction_cells(counts_after(fuel)) > now + room / 2) fuel /= 2;
  return fuel;
}

Counts Executor::Machine::counts_after(std::uint64_t more) const {
  Counts after = counts;
  after.cycles += more;
  for (std::uint64_t& rows : after.rows) rows += more;
  return after;
}

void Executor::Machine::leave_cells(const Counts& after) {
  if (counts_cells())
    memory.limit_cells(segment_limits.cells - std::min(segment_limits.cells, instruction_cells(after)));
}

bool Executor::Machine::run_part(std::uint32_t covered) {
  if (counts.cycles >= segment_limits.cycles || state.cycle + counts.cycles >= limits.cycles) return false;
  CodeRegion* const region = region_at(state.pc);
  if (!region) {
    end_with(Trap::fetch_outside, state.pc, state.pc);
    return true;
  }
  const std::uint32_t index = (state.pc - region->address) >> 2;
  Block& block = region->blocks[index];
  if (block.mark == segment_mark) covered = block.length;
  leave_cells(counts);
  const std::uint32_t most = covered ? covered : mark_code(*region, index);
  // How many of them every limit allows, were all of them completed.
  Counts after = counts;
  std::uint32_t fits = 0;
  for (; fits < most; ++fits) {
    const auto op = static_cast<Op>(region->steps[index + fits].code);
    if (op == Op::illegal) {  // it will trap, and is in no table
      ++fits;
      break;
    }
    const auto family = static_cast<std::size_t>(row_of(op).family);
    Counts next = after;
    if (++next.rows[family] > segment_limits.rows[family] || ++next.cycles > segment_limits.cycles ||
        state.cycle + next.cycles > limits.cycles ||
        (counts_cells() && instruction_cells(next) + memory.cells() > segment_limits.cells)) {
      break;
    }
    after = next;
  }
  if (fits == 0) return false;
  leave_cells(after);
  const std::uint32_t mark = block.mark;
  block.mark = segment_mark;
  std::uint64_t fuel = block.length;
  if (fits < block.length) {
    LoopStep& behind = region->steps[index + fits];
    const LoopStep kept = std::exchange(behind, {kCodeStop, kDiscard, 0, 0, 0});
    const Stop stop = loop(fuel);
    behind = kept;
    block.mark = mark;
    return stop != Stop::full;
  }
  const Stop stop = loop(fuel);
  if (block.runs) {
    count(*region, index, block.length, block.runs);
    block.runs = 0;
  }
  return stop != Stop::full;
}

void Executor::Machine::run() {
  while (ending == Ending::running) {
    Stop stop = Stop::fuel;
    std::uint32_t covered = 0;
    if (std::uint64_t fuel = safe_fuel(); fuel >= kFuelMin) {
      leave_cells(counts_after(fuel));
      while ((stop = loop(fuel)) == Stop::unmarked) {
        CodeRegion* const region = region_at(state.pc);
        const std::uint32_t index = (state.pc - region->address) >> 2;
        covered = mark_code(*region, index);
        if (covered < region->blocks[index].length) break;
        covered = 0;
      }
      count_blocks();
      if (stop == Stop::full && !counts_cells()) return;  // else too many may have been left to instructions
      if (ending != Ending::running) return;
    }
    if (!run_part(covered)) {
      if (ending == Ending::running && state.cycle + counts.cycles >= limits.cycles)
        ending = Ending::cycle_limit;
      return;
    }
  }
}

Segment Executor::Machine::run_segment(const SegmentLimits& given, bool keep) {
  CAIRN_ASSERT(ending == Ending::running && given.chunks > 2 * kCodeChunksAtOnce - 1 && given.cycles > 0);
  for (const std::uint64_t rows : given.rows) CAIRN_ASSERT(rows > 0);
  segment_limits = given;
  memory.begin_segment(given.chunks, keep, counts_cells());
  ++segment_mark;
  counts = {};
  marked_blocks.clear();
  code_chunks.clear();
  std::copy(state.x.begin(), state.x.end(), x.begin());
  x[kDiscard] = state.discarded;

  Segment segment;
  segment.index = segments++;
  segment.begin = state;
  run();
  counts.chunks = memory.chunks();
  std::copy_n(x.begin(), state.x.size(), state.x.begin());
  state.discarded = x[kDiscard];
  state.cycle += counts.cycles;
  if (ending == Ending::exited && !is_replay && !journal_is_well_formed()) {
    end_with(Trap::journal_malformed, state.pc - 4, get_u32(ByteView(memory.base() + kJournalBegin, 4), 0));
  }
  segment.end = state;
  segment.ending = ending;
  segment.exit_code = exit_code;
  segment.counts = counts;
  if (keep) {
    segment.chunks = memory.kept();
    std::sort(segment.chunks.begin(), segment.chunks.end(),
              [](const Chunk& a, const Chunk& b) { return a.address < b.address; });
    segment.code = touched_code();
  }
  return segment;
}

std::vector<CodeRun> Executor::Machine::touched_code() {
  std::vector<std::uint32_t> chunks;
  for (const auto& [region, chunk] : code_chunks)
    chunks.push_back((region->address / kChunkBytes + chunk) * kChunkBytes);
  std::sort(chunks.begin(), chunks.end());
  chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());  // regions may share one
  std::vector<CodeRun> runs;
  for (const std::uint32_t chunk : chunks) {
    if (runs.empty() || runs.back().address + 4 * runs.back().words.size() != chunk)
      runs.push_back({chunk, {}});
    for (std::uint32_t pc = chunk; pc < chunk + kChunkBytes; pc += 4) {
      const CodeRegion* const region = region_at(pc);
      runs.back().words.push_back(region ? region->source[(pc - region->address) >> 2] : 0);
    }
  }
  return runs;
}

Executor::Machine::Stop Executor::Machine::end_with(Trap what, std::uint32_t pc, std::uint32_t value) {
  // In a replay, code that the segment did not execute is not there.
  if (is_replay && what == Trap::fetch_outside) what = Trap::snapshot_misses;
  ending = Ending::trapped;
  exit_code = 0;
  trap = {what, pc, value};
  return Stop::ended;
}

Executor::Machine::Stop Executor::Machine::refuse(Access access, bool write, std::uint32_t pc,
                                                  std::uint32_t address) {
  switch (access) {
    case Access::chunk_limit:
      return Stop::full;
    case Access::memory_limit:
      return end_with(Trap::memory_limit, pc, address);
    case Access::absent:
      return end_with(Trap::snapshot_misses, pc, address);
    case Access::outside:
      return end_with(write ? Trap::store_outside : Trap::load_outside, pc, address);
    case Access::granted:
      break;
  }
  CAIRN_ASSERT(false);
}

Executor::Machine::Stop Executor::Machine::ecall(std::uint32_t pc) {
  if (x[kRegisterCall] != kCallExit) return end_with(Trap::unknown_ecall, pc, x[kRegisterCall]);
  ending = Ending::exited;
  exit_code = x[kRegisterArgument];
  return Stop::ended;
}

bool Executor::Machine::journal_is_well_formed() const {
  const std::uint8_t *const begin = memory.base() + kJournalBegin, *const end = memory.base() + kJournalEnd;
  const std::uint32_t bytes = get_u32(ByteView(begin, 4), 0);
  if (bytes > kJournalBytesMax) return false;
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  return std::all_of(begin + 4, begin + kLengthBytes, is_zero) &&
         std::all_of(begin + kLengthBytes + bytes, end, is_zero);
}

}  // namespace cairn::rv32
