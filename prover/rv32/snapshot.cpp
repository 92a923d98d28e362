#include "prover/rv32/snapshot.h"

#include <algorithm>

#include "prover/rv32/image_tree.h"
#include "prover/rv32/little_endian.h"
#include "prover/rv32/segment_tree.h"

namespace cairn::rv32 {
namespace {

constexpr std::string_view kMagic = "CAIRNRVS";
constexpr std::size_t kDigestBytes = 32;
constexpr std::uint32_t kZeroChunks = 1;  // lowest bit of a run's address

void put_state(Bytes& out, const MachineState& state) {
  put_u32(out, state.pc);
  put_u64(out, state.cycle);
  for (std::size_t i = 1; i < state.x.size(); ++i) put_u32(out, state.x[i]);
  put_u32(out, state.discarded);
}

bool is_zero(const Chunk& chunk) {
  return std::all_of(chunk.bytes.begin(), chunk.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// Chunks that follow each other and are all zero, or all not.
struct ChunkRun {
  std::size_t begin, count;
  bool zero;
};
std::vector<ChunkRun> runs_of(const std::vector<Chunk>& chunks) {
  std::vector<ChunkRun> runs;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const bool zero = is_zero(chunks[i]);
    const bool goes_on =
        i > 0 && chunks[i].address == chunks[i - 1].address + kChunkBytes && zero == runs.back().zero;
    if (!goes_on) runs.push_back({i, 0, zero});
    ++runs.back().count;
  }
  return runs;
}

/// Reads a byte string from its beginning; after an error all that is read is zero.
class Reader {
 public:
  explicit Reader(ByteView bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t width) {
    const ByteView taken = take(width);
    return taken.empty() ? 0 : get_le(taken, 0, width);
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  ByteView take(std::size_t size) {
    if (size > bytes_.size()) {
      fail("cut off");
      return {};
    }
    const ByteView taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }
  void require(bool condition, const char* what) {
    if (!condition) fail(what);
  }
  void fail(const char* what) {
    if (status_.ok()) status_ = Error{Code::invalid_input, std::string("snapshot: ") + what};
    bytes_ = {};
  }
  bool ok() const { return status_.ok(); }
  const Status& status() const { return status_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  ByteView bytes_;
  Status status_;
};

MachineState read_state(Reader& in) {
  MachineState state;
  state.pc = in.u32();
  state.cycle = in.u64();
  for (std::size_t i = 1; i < state.x.size(); ++i) state.x[i] = in.u32();
  state.discarded = in.u32();
  return state;
}

void read_code(Reader& in, std::vector<CodeRun>& code) {
  std::uint64_t end = kProgramBegin, all = 0;
  for (std::uint32_t runs = in.u32(); runs > 0 && in.ok(); --runs) {
    const std::uint32_t address = in.u32(), words = in.u32();
    in.require(words > 0 && words % 8 == 0 && address % kChunkBytes == 0,
               "a run of code is not made of chunks");
    in.require(code.empty() ? address >= end : address > end, "code runs are not in order");
    end = address + std::uint64_t{4} * words;
    all += words;
    in.require(all <= kSnapshotWordsMax && end <= kProgramEnd && words <= in.left() / 4, "too much code");
    if (!in.ok()) return;
    CodeRun run{address, std::vector<std::uint32_t>(words)};
    for (std::uint32_t& word : run.words) word = in.u32();
    code.push_back(std::move(run));
  }
}

void read_chunks(Reader& in, std::vector<Chunk>& chunks) {
  for (std::uint32_t runs = in.u32(); runs > 0 && in.ok(); --runs) {
    const std::uint32_t head = in.u32(), count = in.u32(), first = head & ~kZeroChunks;
    const bool zero = head & kZeroChunks;
    in.require(first % kChunkBytes == 0 && count > 0 && count <= kSnapshotChunksMax - chunks.size(),
               "a run of chunks");
    const std::uint64_t last = first + std::uint64_t{count - 1} * kChunkBytes;
    in.require(last < kInputEnd, "chunks outside memory");
    in.require(chunks.empty() || chunks.back().address < first, "chunks are not in order");
    // Runs are as long as they can be, so that a snapshot has one encoding.
    in.require(
        chunks.empty() || chunks.back().address + kChunkBytes != first || is_zero(chunks.back()) != zero,
        "a run is split");
    if (!in.ok()) return;
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
      Chunk chunk{first + i * kChunkBytes, {}};
      in.require(is_readable(region_of(chunk.address)), "a chunk outside memory");
      if (!zero) {
        const ByteView bytes = in.take(kChunkBytes);
        if (!in.ok()) return;
        std::copy(bytes.begin(), bytes.end(), chunk.bytes.begin());
        in.require(!is_zero(chunk), "zeros that are written out");
      }
      chunks.push_back(chunk);
    }
  }
}

engine::Digest read_digest(Reader& in) {
  engine::Digest digest{};
  const ByteView bytes = in.take(kTreeDigestBytes);
  in.require(bytes.empty() || get_digest(bytes, digest), "a digest that is none");
  return digest;
}

void read_siblings(Reader& in, std::vector<engine::Digest>& siblings) {
  const std::uint32_t count = in.u32();
  in.require(count <= in.left() / kTreeDigestBytes, "cut off");
  if (!in.ok()) return;
  siblings.resize(count);
  for (engine::Digest& sibling : siblings) sibling = read_digest(in);
}

}  // namespace

Bytes encode(const Snapshot& snapshot) {
  const Segment& segment = snapshot.segment;
  CAIRN_ASSERT(segment.ending == Ending::running || segment.ending == Ending::exited);
  CAIRN_ASSERT(segment.counts.cycles <= kSnapshotCyclesMax && segment.chunks.size() <= kSnapshotChunksMax);
  Bytes out = copy(kMagic);
  put_u32(out, kSnapshotVersion);
  append(out, snapshot.image);
  put_u64(out, segment.index);
  put_state(out, segment.begin);
  put_state(out, segment.end);
  put_u32(out, segment.ending == Ending::exited ? 1 : 0);
  put_u32(out, segment.exit_code);
  for (const std::uint64_t rows : segment.counts.rows) put_u64(out, rows);
  put_u64(out, segment.counts.chunks);
  put_digest(out, segment.root_begin);
  put_digest(out, segment.root_end);
  put_u32(out, static_cast<std::uint32_t>(segment.code.size()));
  for (const CodeRun& run : segment.code) {
    put_u32(out, run.address);
    put_u32(out, static_cast<std::uint32_t>(run.words.size()));
    for (const std::uint32_t word : run.words) put_u32(out, word);
  }
  const std::vector<ChunkRun> runs = runs_of(segment.chunks);
  put_u32(out, static_cast<std::uint32_t>(runs.size()));
  for (const ChunkRun& run : runs) {
    put_u32(out, segment.chunks[run.begin].address | (run.zero ? kZeroChunks : 0));
    put_u32(out, static_cast<std::uint32_t>(run.count));
    for (std::size_t i = 0; i < run.count && !run.zero; ++i) append(out, segment.chunks[run.begin + i].bytes);
  }
  put_u32(out, static_cast<std::uint32_t>(segment.siblings.size()));
  for (const engine::Digest& sibling : segment.siblings) put_digest(out, sibling);
  put_u32(out, static_cast<std::uint32_t>(segment.journal.size()));
  append(out, segment.journal);
  append(out, sha256(out));
  return out;
}

Result<Snapshot> decode_snapshot(ByteView bytes) {
  if (bytes.size() < kMagic.size() + kDigestBytes || text(bytes.first(kMagic.size())) != kMagic) {
    return Error{Code::invalid_input, "snapshot: it does not begin with " + std::string(kMagic)};
  }
  const ByteView content = bytes.first(bytes.size() - kDigestBytes), checksum = bytes.last(kDigestBytes);
  const Digest32 expected = sha256(content);
  if (!std::equal(expected.begin(), expected.end(), checksum.begin())) {
    return Error{Code::corrupt, "snapshot: its checksum is wrong"};
  }
  Reader in(content.subspan(kMagic.size()));
  if (in.u32() != kSnapshotVersion) return Error{Code::invalid_input, "snapshot: its version is not 2"};
  Snapshot snapshot;
  Segment& segment = snapshot.segment;
  const ByteView image = in.take(kDigestBytes);
  std::copy(image.begin(), image.end(), snapshot.image.begin());
  segment.index = in.u64();
  segment.begin = read_state(in);
  segment.end = read_state(in);
  const std::uint32_t ending = in.u32();
  segment.ending = ending == 1 ? Ending::exited : Ending::running;
  segment.exit_code = in.u32();
  std::uint64_t left = segment.end.cycle - segment.begin.cycle;
  in.require(ending <= 1 && (ending == 1 || segment.exit_code == 0), "its ending");
  in.require(segment.begin.pc % 4 == 0 && segment.end.pc % 4 == 0, "its pc is no multiple of 4");
  in.require(segment.begin.cycle < segment.end.cycle && left <= kSnapshotCyclesMax, "its cycles");
  segment.counts.cycles = left;
  for (std::uint64_t& rows : segment.counts.rows) {
    rows = in.u64();
    in.require(rows <= left, "its rows are not its cycles");
    left -= std::min(rows, left);
  }
  in.require(left == 0, "its rows are not its cycles");
  segment.counts.chunks = in.u64();
  segment.root_begin = read_digest(in);
  segment.root_end = read_digest(in);
  read_code(in, segment.code);
  read_chunks(in, segment.chunks);
  in.require(segment.chunks.size() <= segment.counts.chunks, "it has more chunks than it touched");
  read_siblings(in, segment.siblings);
  const std::uint32_t journal = in.u32();
  in.require(journal <= kJournalBytesMax && (ending == 1 || journal == 0), "its journal");
  segment.journal = copy(in.take(journal));
  in.require(in.left() == 0, "something behind its end");
  CAIRN_TRY(in.status());
  return snapshot;
}

Result<OpenedTree> replay(const Snapshot& snapshot) {
  const Segment& claimed = snapshot.segment;
  const std::string which = "segment " + std::to_string(claimed.index);
  CAIRN_ASSIGN(Executor executor, Executor::replay(claimed));
  const Segment found = executor.run_segment(SegmentLimits(), true);
  const Ending expected = claimed.ending == Ending::exited ? Ending::exited : Ending::cycle_limit;
  if (found.ending == Ending::trapped)
    return Error{Code::corrupt, which + " traps: " + to_text(executor.trap())};
  if (found.ending != expected || found.exit_code != claimed.exit_code)
    return Error{Code::corrupt, which + " ends otherwise"};
  if (found.end != claimed.end) return Error{Code::corrupt, which + " ends in another state"};
  if (found.counts.rows != claimed.counts.rows) return Error{Code::corrupt, which + " has other rows"};
  auto tree = open_segment(claimed, executor);
  if (!tree.ok()) return Error{Code::corrupt, which + ": " + tree.error().what};
  if (tree->root_before != claimed.root_begin)
    return Error{Code::corrupt, which + " begins with other memory"};
  if (tree->root_after != claimed.root_end) return Error{Code::corrupt, which + " leaves other memory"};
  if (claimed.ending == Ending::exited && tree->after.journal != journal_digest(claimed.journal)) {
    return Error{Code::corrupt, which + " leaves another journal"};
  }
  return tree;
}

Status check_by_replay(const Snapshot& snapshot) {
  CAIRN_TRY(replay(snapshot));
  return {};
}

}  // namespace cairn::rv32
