// What a program is before its first instruction: an entry point and the contents of memory.
#pragma once

#include <cstdint>
#include <vector>

#include "common/digest.h"

namespace cairn::rv32 {

struct ImageSegment {
  std::uint32_t address = 0;       ///< A multiple of 4.
  std::uint32_t memory_bytes = 0;  ///< Not 0; what `bytes` does not fill is zero.
  bool executable = false;         ///< Never together with `writable`.
  bool writable = false;
  Bytes bytes;  ///< At most memory_bytes.
};

/// Segments are disjoint, in the order of their addresses, and inside the region that fits their
/// permissions: `ram` when writable, else `program`. The entry lies in an executable one.
struct Image {
  std::uint32_t entry = 0;
  std::vector<ImageSegment> segments;
};

/// SHA-256 of the entry and the segments: equal for files that load to the same image, whatever their
/// headers, order, symbols and sections.
Digest32 image_digest(const Image& image);

}  // namespace cairn::rv32
