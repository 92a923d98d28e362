#include "prover/rv32/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "prover/rv32/footprint.h"
#include "prover/rv32/tree.h"

namespace cairn::rv32 {
namespace {

// Guest words are read with the host's own loads.
static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kMemoryBytes = kInputEnd;
constexpr std::size_t kMarksBytes = (std::size_t{1} << (32 - kLogChunkBytes)) * sizeof(std::uint16_t);

/// Zero pages that cost nothing until they are touched; nullptr when the host refuses.
void* reserve_zeros(std::size_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

}  // namespace

Result<Memory> Memory::reserve(std::uint64_t bytes_max) {
  Memory memory;
  memory.pages_max_ = bytes_max / kPageBytes;
  memory.page_touched_.resize(kMemoryBytes / kPageBytes);
  memory.base_ = static_cast<std::uint8_t*>(reserve_zeros(kMemoryBytes));
  memory.marks_ = static_cast<std::uint16_t*>(reserve_zeros(kMarksBytes));
  if (!memory.base_ || !memory.marks_) {
    return Error{
        Code::exhausted,
        "cannot reserve 1280 MiB of address space for the program (it is not used before it is touched)"};
  }
  memory.begin_segment(UINT64_MAX, false, false);
  return memory;
}

Memory::Memory(Memory&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      marks_(std::exchange(other.marks_, nullptr)),
      read_mark_(other.read_mark_),
      keep_(other.keep_),
      restricted_(other.restricted_),
      chunks_(other.chunks_),
      chunks_max_(other.chunks_max_),
      pages_(other.pages_),
      pages_max_(other.pages_max_),
      paths_(std::move(other.paths_)),
      cells_max_(other.cells_max_),
      kept_(std::move(other.kept_)),
      allowed_(std::move(other.allowed_)),
      page_touched_(std::move(other.page_touched_)) {}

Memory::~Memory() {
  if (base_) munmap(base_, kMemoryBytes);
  if (marks_) munmap(marks_, kMarksBytes);
}

void Memory::write(std::uint32_t address, ByteView bytes) {
  CAIRN_ASSERT(address <= kInputEnd && bytes.size() <= kInputEnd - address);
  if (!bytes.empty()) std::memcpy(base_ + address, bytes.data(), bytes.size());
}

Bytes Memory::read(std::uint32_t address, std::uint32_t bytes) const {
  CAIRN_ASSERT(address <= kInputEnd && bytes <= kInputEnd - address);
  return {base_ + address, base_ + address + bytes};
}

void Memory::begin_segment(std::uint64_t chunks_max, bool keep, bool count_cells) {
  if (read_mark_ >= UINT16_MAX - 2) {
    madvise(marks_, kMarksBytes, MADV_DONTNEED);  // zero again
    read_mark_ = 0;
  }
  read_mark_ = static_cast<std::uint16_t>(read_mark_ + 2);
  chunks_ = 0;
  chunks_max_ = chunks_max;
  keep_ = keep;
  kept_.clear();
  if (!count_cells) return paths_.reset();
  if (!paths_) paths_.emplace();
  paths_->begin();
}

std::uint64_t Memory::cells() const { return paths_ ? tree_cells(paths_->counts()) : 0; }

bool Memory::count_code_chunk(std::uint32_t index) {
  if (chunks_ >= chunks_max_ || (paths_ && !paths_->open(kRomLeaf + index, cells_max_))) return false;
  ++chunks_;
  return true;
}

void Memory::restrict_to(std::vector<std::uint32_t> chunks) {
  CAIRN_ASSERT(std::is_sorted(chunks.begin(), chunks.end()));
  allowed_ = std::move(chunks);
  restricted_ = true;
}

Access Memory::touch(std::uint32_t address, bool write) {
  const Region region = region_of(address);
  if (write ? !is_writable(region) : !is_readable(region)) return Access::outside;
  const std::uint32_t chunk = address & ~(kChunkBytes - 1);
  std::uint16_t& mark = marks_[address >> kLogChunkBytes];
  if (mark < read_mark_) {
    if (restricted_ && !std::binary_search(allowed_.begin(), allowed_.end(), chunk)) return Access::absent;
    if (chunks_ >= chunks_max_ || (paths_ && !paths_->open(chunk / kChunkBytes, cells_max_)))
      return Access::chunk_limit;
    if (is_writable(region) && !page_touched_[address / kPageBytes]) {
      if (pages_ >= pages_max_) return Access::memory_limit;
      page_touched_[address / kPageBytes] = true;
      ++pages_;
    }
    ++chunks_;
    if (keep_) {
      kept_.emplace_back().address = chunk;
      std::memcpy(kept_.back().bytes.data(), base_ + chunk, kChunkBytes);
    }
  }
  mark = static_cast<std::uint16_t>(read_mark_ + (write || mark > read_mark_ ? 1 : 0));
  return Access::granted;
}

}  // namespace cairn::rv32
