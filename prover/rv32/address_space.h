// The address space of the rv32 machine. Who may touch an address depends on its upper 16 bits alone, so
// that one lookup by the upper half decides it.
//
//   0x00000000 - 0x0000ffff   none      guard: null pointers trap
//   0x00010000 - 0x0ffeffff   program   code and constants: read; executed where the ELF says so
//   0x0fff0000 - 0x0fffffff   none      guard: a stack that outgrows its room traps
//   0x10000000 - 0x2fffffff   ram       read, write; the stack lies at the bottom and grows down
//   0x30000000 - 0x300fffff   journal   read, write; what the program makes public
//   0x38000000 - 0x3fffffff   input     read
//   all else                  none
//
// What nothing was loaded into is zero.
#pragma once

#include <cstdint>

namespace cairn::rv32 {

inline constexpr std::uint32_t kProgramBegin = 0x0001'0000, kProgramEnd = 0x0fff'0000;
inline constexpr std::uint32_t kRamBegin = 0x1000'0000, kRamEnd = 0x3000'0000;
inline constexpr std::uint32_t kJournalBegin = 0x3000'0000, kJournalEnd = 0x3010'0000;
inline constexpr std::uint32_t kInputBegin = 0x3800'0000, kInputEnd = 0x4000'0000;

/// Journal and input begin with their length in bytes, 4 bytes little endian, and 12 zero bytes.
inline constexpr std::uint32_t kLengthBytes = 16;
inline constexpr std::uint32_t kJournalBytesMax = kJournalEnd - kJournalBegin - kLengthBytes;
inline constexpr std::uint32_t kInputBytesMax = kInputEnd - kInputBegin - kLengthBytes;

enum class Region : std::uint8_t { none, program, ram, journal, input };

constexpr Region region_of(std::uint32_t address) {
  if (address - kProgramBegin < kProgramEnd - kProgramBegin) return Region::program;
  if (address - kRamBegin < kRamEnd - kRamBegin) return Region::ram;
  if (address - kJournalBegin < kJournalEnd - kJournalBegin) return Region::journal;
  if (address - kInputBegin < kInputEnd - kInputBegin) return Region::input;
  return Region::none;
}
constexpr bool is_readable(Region region) { return region != Region::none; }
constexpr bool is_writable(Region region) { return region == Region::ram || region == Region::journal; }

/// A chunk is what one leaf of the memory tree holds: 8 words, which are 16 values of 16 bits.
inline constexpr std::uint32_t kChunkBytes = 32;
inline constexpr std::uint32_t kLogChunkBytes = 5;

}  // namespace cairn::rv32
