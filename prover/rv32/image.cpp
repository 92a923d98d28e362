#include "prover/rv32/image.h"

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {

Digest32 image_digest(const Image& image) {
  Bytes text = copy("cairn rv32 image 1");
  put_u32(text, image.entry);
  put_u32(text, static_cast<std::uint32_t>(image.segments.size()));
  for (const ImageSegment& segment : image.segments) {
    put_u32(text, segment.address);
    put_u32(text, segment.memory_bytes);
    put_u32(text, (segment.executable ? 1u : 0u) | (segment.writable ? 2u : 0u));
    // Zeros of the file and zeros behind it are the same memory.
    std::size_t size = segment.bytes.size();
    while (size && segment.bytes[size - 1] == 0) --size;
    put_u32(text, static_cast<std::uint32_t>(size));
    append(text, ByteView(segment.bytes).first(size));
  }
  return sha256(text);
}

}  // namespace cairn::rv32
