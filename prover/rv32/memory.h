// The memory of a running program: one flat reservation of address space that costs what is touched, and
// a mark for each chunk that says whether this segment has read or written it. An access whose chunk has
// its mark needs no other check; the first access of a segment to a chunk is where permissions and limits
// are decided and where the chunk's contents are kept for the snapshot.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/bytes.h"
#include "prover/rv32/address_space.h"
#include "prover/rv32/image.h"
#include "prover/rv32/opened_paths.h"

namespace cairn::rv32 {

using ChunkBytes = std::array<std::uint8_t, kChunkBytes>;

/// A chunk as it was when its segment first touched it.
struct Chunk {
  std::uint32_t address = 0;  ///< A multiple of kChunkBytes.
  ChunkBytes bytes{};

  friend bool operator==(const Chunk&, const Chunk&) = default;
};

enum class Access : std::uint8_t {
  granted,
  outside,       ///< No memory there, or none that this access may touch.
  chunk_limit,   ///< The segment may touch no more chunks, or not this one.
  memory_limit,  ///< The program may touch no more memory.
  absent,        ///< Not among the chunks of the snapshot that is replayed.
};

/// Not thread-safe; movable.
class Memory {
 public:
  /// Reserves address space. `bytes_max` bounds RAM and journal that are ever touched, in pages of 4 KiB.
  /// Errors: exhausted.
  static Result<Memory> reserve(std::uint64_t bytes_max);
  Memory(Memory&& other) noexcept;
  Memory& operator=(Memory&&) = delete;
  ~Memory();

  /// Copies into memory whatever the permissions. Requires the range to end at or below kInputEnd (asserted).
  void write(std::uint32_t address, ByteView bytes);
  /// The same range rule as write().
  Bytes read(std::uint32_t address, std::uint32_t bytes) const;

  /// Forgets the marks. From here on at most `chunks_max` chunks are granted, and their contents are kept
  /// when `keep`. With `count_cells` those alone that limit_cells() has room for.
  void begin_segment(std::uint64_t chunks_max, bool keep, bool count_cells);
  /// Cells of the tables of the memory tree, 0 unless they are counted.
  std::uint64_t cells() const;
  void limit_cells(std::uint64_t cells_max) { cells_max_ = cells_max; }
  /// Only these chunks may be touched from now on; sorted by address.
  void restrict_to(std::vector<std::uint32_t> chunks);

  /// The first access to a chunk, or the first write after reads.
  Access touch(std::uint32_t address, bool write);
  /// One more chunk, of the code at 32 times `index`; false beyond the limits.
  bool count_code_chunk(std::uint32_t index);

  /// True when a read, or a write, of an address in `mark`'s chunk needs no touch().
  bool may_read(std::uint32_t address) const { return marks_[address >> kLogChunkBytes] >= read_mark_; }
  bool may_write(std::uint32_t address) const { return marks_[address >> kLogChunkBytes] > read_mark_; }
  std::uint8_t* base() const { return base_; }

  /// Chunks of this segment so far, code included.
  std::uint64_t chunks() const { return chunks_; }
  /// In the order of the first touch; empty unless kept.
  const std::vector<Chunk>& kept() const { return kept_; }
  std::uint64_t touched_bytes() const { return pages_ * kPageBytes; }

 private:
  Memory() = default;
  static constexpr std::uint32_t kPageBytes = 4096;

  std::uint8_t* base_ = nullptr;    // [0, kInputEnd)
  std::uint16_t* marks_ = nullptr;  // one for each chunk of the whole 32-bit address space
  std::uint16_t read_mark_ = 0;     // read_mark_: read; read_mark_ + 1: written
  bool keep_ = false, restricted_ = false;
  std::uint64_t chunks_ = 0, chunks_max_ = 0, pages_ = 0, pages_max_ = 0;
  std::optional<OpenedPaths> paths_;  // when cells are counted
  std::uint64_t cells_max_ = 0;
  std::vector<Chunk> kept_;
  std::vector<std::uint32_t> allowed_;
  std::vector<bool> page_touched_;
};

}  // namespace cairn::rv32
