// Memory for large vectors. Blocks that are given back are kept and used again: the kernel clears each page
// that it hands out, which costs a proof about as much as writing it.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace cairn::engine {

/// Gives a block back. Thread-safe.
struct FreeBlock {
  std::size_t bytes = 0;  ///< of the block
  void operator()(void* block) const;
};

/// At least `bytes` bytes, 64-byte aligned, contents anything; blocks of several MiB lie in huge pages where
/// the kernel gives them. Sets `free` to what gives the block back. Aborts when there is no memory.
/// Thread-safe.
///
/// Kept blocks go back to the system before used and kept ones together would exceed the most that was in use
/// at one time so far: keeping does not raise the peak.
void* allocate_block(std::size_t bytes, FreeBlock& free);

/// Elements that need neither construction nor destruction.
template <class T>
using Buffer = std::unique_ptr<T[], FreeBlock>;

/// Not initialised.
template <class T>
Buffer<T> allocate_buffer(std::size_t count) {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
  FreeBlock free;
  void* block = allocate_block(count * sizeof(T), free);
  return Buffer<T>(static_cast<T*>(block), free);
}

/// Bytes of blocks that are kept and not in use.
std::size_t kept_bytes();
/// Gives all kept blocks back to the system.
void release_kept_blocks();

}  // namespace cairn::engine
