#include "common/compression.h"

#include <zstd.h>

#include <algorithm>
#include <array>

namespace cairn {
namespace {

constexpr std::size_t kBytesMax = std::size_t{1} << 30;
constexpr std::array<std::uint8_t, 4> kMagic = {0x28, 0xb5, 0x2f, 0xfd};
constexpr int kLevel = 19;  // the last that needs no more than some megabytes

Error bad(std::string what) { return {Code::invalid_input, "compressed bytes: " + std::move(what)}; }

}  // namespace

Bytes compress(ByteView bytes) {
  CAIRN_ASSERT(bytes.size() <= kBytesMax);
  Bytes frame(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), kLevel);
  CAIRN_ASSERT(ZSTD_isError(size) == 0);
  frame.resize(size);
  return frame;
}

bool is_compressed(ByteView bytes) {
  return bytes.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), bytes.begin());
}

Result<Bytes> decompress(ByteView frame, std::size_t bytes_max) {
  if (!is_compressed(frame)) return bad("not a Zstandard frame");
  const std::size_t length = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(length) != 0) return bad(ZSTD_getErrorName(length));
  if (length != frame.size()) return bad("something behind the frame");
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return bad("no size is stated");
  if (size > bytes_max) {
    return bad(std::to_string(size) + " bytes, more than " + std::to_string(bytes_max));
  }
  Bytes bytes(static_cast<std::size_t>(size));
  // In one piece, so that the decoder needs no window of its own, whatever the frame asks for.
  const std::size_t written = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) != 0) return bad(ZSTD_getErrorName(written));
  CAIRN_ASSERT(written == bytes.size());  // the decoder compares what the frame states
  return bytes;
}

}  // namespace cairn
