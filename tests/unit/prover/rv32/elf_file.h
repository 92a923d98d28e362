// Writes ELF files for tests: honest ones, and any that a field makes dishonest.
#pragma once

#include <cstdint>
#include <vector>

#include "prover/rv32/little_endian.h"

namespace cairn::rv32::test {

inline constexpr std::uint32_t kExecute = 1, kWrite = 2, kRead = 4;

struct ElfSegment {
  std::uint32_t address = 0x10000;
  std::uint32_t flags = kRead | kExecute;
  Bytes bytes = Bytes(16, 0x13);
  std::uint32_t memory_bytes = 0;  ///< 0: as many as in the file.
  std::uint32_t type = 1;
  std::uint32_t align = 4;
  std::uint32_t file_align = 4;  ///< Where its bytes begin in the file.
};

inline Bytes elf_file(std::uint32_t entry, const std::vector<ElfSegment>& segments) {
  Bytes out = {0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  put_u16(out, 2);    // ET_EXEC
  put_u16(out, 243);  // EM_RISCV
  put_u32(out, 1);
  put_u32(out, entry);
  put_u32(out, 52);  // program headers
  put_u32(out, 0);
  put_u32(out, 0);  // flags
  put_u16(out, 52);
  put_u16(out, 32);
  put_u16(out, static_cast<std::uint16_t>(segments.size()));
  for (int i = 0; i < 3; ++i) put_u16(out, 0);
  const auto up = [](std::size_t offset, std::uint32_t to) {
    return static_cast<std::uint32_t>((offset + to - 1) / to * to);
  };
  std::uint32_t offset = static_cast<std::uint32_t>(out.size() + 32 * segments.size());
  for (const ElfSegment& segment : segments) {
    const auto size = static_cast<std::uint32_t>(segment.bytes.size());
    offset = up(offset, segment.file_align);
    for (const std::uint32_t field :
         {segment.type, offset, segment.address, segment.address, size,
          segment.memory_bytes ? segment.memory_bytes : size, segment.flags, segment.align}) {
      put_u32(out, field);
    }
    offset = up(offset + size, 4);
  }
  for (const ElfSegment& segment : segments) {
    out.resize(up(out.size(), segment.file_align));
    append(out, segment.bytes);
    out.resize(up(out.size(), 4));
  }
  return out;
}

/// Code at 0x10000, where it begins.
inline Bytes elf_of(const std::vector<std::uint32_t>& words) {
  Bytes code;
  for (const std::uint32_t word : words) put_u32(code, word);
  return elf_file(0x10000, {{0x10000, kRead | kExecute, code}});
}

}  // namespace cairn::rv32::test
