// What a segment touches of memory and of code, as the tables of the memory tree take it.
#pragma once

#include <array>
#include <cstdint>

namespace cairn::rv32 {

/// A chunk of data or of registers. `index`: its byte address / 32. `times`: of the last access to each
/// word, 0 where there is none; such a word is what it was.
struct TouchedChunk {
  std::uint32_t index = 0;
  std::array<std::uint32_t, 8> before{}, after{};
  std::array<std::uint32_t, 8> times{};
};

/// A chunk of code. `index`: its pc / 32. Bit i of `used`: word i is executed.
struct TouchedCode {
  std::uint32_t index = 0;
  std::array<std::uint32_t, 8> words{};
  std::uint8_t used = 0;
};

}  // namespace cairn::rv32
