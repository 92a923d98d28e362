#include "prover/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "common/result.h"

namespace cairn::engine {
namespace {

constexpr std::size_t line_bytes = 64, huge_bytes = std::size_t{1} << 21;
/// Smaller blocks come from malloc, which keeps them itself.
constexpr std::size_t kept_min = huge_bytes;

void* new_block(std::size_t bytes, std::size_t align) {
  void* block = std::aligned_alloc(align, bytes);
  CAIRN_ASSERT(block != nullptr);
  if (align == huge_bytes) madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

class Blocks {
 public:
  void* take(std::size_t wanted, FreeBlock& free) {
    const std::lock_guard lock(mutex_);
    // The smallest that is large enough, and not more than twice as large.
    auto best = kept_.end();
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      if (it->bytes >= wanted && it->bytes <= 2 * wanted && (best == kept_.end() || it->bytes < best->bytes))
        best = it;
    }
    if (best != kept_.end()) {
      const Block found = *best;
      kept_.erase(best);
      kept_bytes_ -= found.bytes;
      use(found.bytes);
      free.bytes = found.bytes;
      return found.at;
    }
    while (!kept_.empty() && used_ + kept_bytes_ + wanted > used_max_) release_oldest();
    use(wanted);
    free.bytes = wanted;
    return new_block(wanted, huge_bytes);
  }

  void give(void* at, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
    kept_.push_back({at, bytes});
    kept_bytes_ += bytes;
  }

  std::size_t kept_bytes() {
    const std::lock_guard lock(mutex_);
    return kept_bytes_;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    while (!kept_.empty()) release_oldest();
    used_max_ = used_;
  }

 private:
  struct Block {
    void* at;
    std::size_t bytes;
  };

  void use(std::size_t bytes) {
    used_ += bytes;
    used_max_ = std::max(used_max_, used_);
  }
  void release_oldest() {
    std::free(kept_.front().at);
    kept_bytes_ -= kept_.front().bytes;
    kept_.erase(kept_.begin());
  }

  std::mutex mutex_;
  std::vector<Block> kept_;  // oldest first
  std::size_t kept_bytes_ = 0, used_ = 0, used_max_ = 0;
};

Blocks& blocks() {
  static Blocks* all = new Blocks;  // never destroyed: vectors of static storage may outlive it
  return *all;
}

}  // namespace

void FreeBlock::operator()(void* block) const {
  if (bytes >= kept_min) {
    blocks().give(block, bytes);
  } else {
    std::free(block);
  }
}

void* allocate_block(std::size_t bytes, FreeBlock& free) {
  const std::size_t align = bytes >= kept_min ? huge_bytes : line_bytes;
  const std::size_t rounded = std::max((bytes + align - 1) / align * align, align);
  if (rounded >= kept_min) return blocks().take(rounded, free);
  free.bytes = rounded;
  return new_block(rounded, line_bytes);
}

std::size_t kept_bytes() { return blocks().kept_bytes(); }
void release_kept_blocks() { blocks().release(); }

}  // namespace cairn::engine
