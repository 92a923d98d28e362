// Programs for the calculator machine, from a seed.
#pragma once

#include <random>

#include "prover/chips/calculator.h"

namespace cairn::engine::test {

/// `count` instructions with every operation, on random ones of `addresses` words.
inline std::vector<Instruction> random_program(std::size_t count, std::uint32_t addresses,
                                               std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto address = [&] { return static_cast<std::uint32_t>(random() % addresses); };
  std::vector<Instruction> program;
  for (std::size_t i = 0; i < count; ++i) {
    const auto op = static_cast<Operation>(1 + i % (operations_end - 1));
    const std::uint32_t x = address(), y = address();
    program.push_back({op, x, y, i + 1 == count ? 0 : address()});
  }
  return program;
}

inline std::vector<std::uint32_t> random_words(std::uint32_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> words;
  for (std::uint32_t i = 0; i < count; ++i) words.push_back(static_cast<std::uint32_t>(random()));
  return words;
}

}  // namespace cairn::engine::test
