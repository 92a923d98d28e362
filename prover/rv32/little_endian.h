// Whole numbers in byte strings, little endian: ELF files, guest memory and snapshots.
#pragma once

#include <cstdint>

#include "common/bytes.h"

namespace cairn::rv32 {

/// Require at + 2, 4 or 8 <= bytes.size() (asserted).
inline std::uint64_t get_le(ByteView bytes, std::size_t at, std::size_t width) {
  CAIRN_ASSERT(at <= bytes.size() && width <= bytes.size() - at);
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}
inline std::uint16_t get_u16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(get_le(bytes, at, 2));
}
inline std::uint32_t get_u32(ByteView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(get_le(bytes, at, 4));
}
inline std::uint64_t get_u64(ByteView bytes, std::size_t at) { return get_le(bytes, at, 8); }

inline void put_le(Bytes& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline void put_u16(Bytes& out, std::uint16_t value) { put_le(out, value, 2); }
inline void put_u32(Bytes& out, std::uint32_t value) { put_le(out, value, 4); }
inline void put_u64(Bytes& out, std::uint64_t value) { put_le(out, value, 8); }

}  // namespace cairn::rv32
