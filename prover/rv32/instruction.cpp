#include "prover/rv32/instruction.h"

#include "common/result.h"

namespace cairn::rv32 {
namespace {

constexpr std::string_view without_underscore(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

constexpr OpRow kRows[] = {
#define RV32(op, family, format, match, mask) \
  {Op::op, without_underscore(#op), Family::family, Format::format, match, mask},
#include "prover/rv32/instructions.inc"
#undef RV32
};
static_assert(std::size(kRows) == kOps);

constexpr std::string_view kFamilyNames[] = {"add",       "bitwise",       "shift",        "compare",
                                             "constant",  "jump_register", "branch_equal", "branch_less",
                                             "load_word", "load_narrow",   "store_word",   "store_narrow",
                                             "multiply",  "multiply_high", "divide",       "system"};
static_assert(std::size(kFamilyNames) == kFamilies);

/// Bits [at, at + width) of a word.
constexpr std::uint32_t bits(std::uint32_t word, unsigned at, unsigned width) {
  return word >> at & ((1u << width) - 1);
}
/// All ones when the sign bit of the immediate is set.
constexpr std::uint32_t sign(std::uint32_t word) { return word >> 31 ? ~0u : 0u; }

constexpr std::uint32_t immediate(Format format, std::uint32_t word) {
  switch (format) {
    case Format::I:
      return sign(word) << 12 | bits(word, 20, 12);
    case Format::H:
      return bits(word, 20, 5);
    case Format::S:
      return sign(word) << 12 | bits(word, 25, 7) << 5 | bits(word, 7, 5);
    case Format::B:
      return sign(word) << 12 | bits(word, 7, 1) << 11 | bits(word, 25, 6) << 5 | bits(word, 8, 4) << 1;
    case Format::U:
      return word & 0xffff'f000;
    case Format::J:
      return sign(word) << 20 | bits(word, 12, 8) << 12 | bits(word, 20, 1) << 11 | bits(word, 21, 10) << 1;
    case Format::R:
    case Format::N:
      return 0;
  }
  return 0;
}

}  // namespace

const OpRow& row_of(Op op) {
  CAIRN_ASSERT(op < Op::illegal);
  return kRows[static_cast<std::size_t>(op)];
}

std::string_view family_name(Family family) { return kFamilyNames[static_cast<std::size_t>(family)]; }

Instruction decode(std::uint32_t word) {
  for (const OpRow& row : kRows) {
    if ((word & row.mask) != row.match) continue;
    const Format f = row.format;
    const bool has_rd =
        f == Format::R || f == Format::I || f == Format::H || f == Format::U || f == Format::J;
    const bool has_rs1 = has_rd ? f != Format::U && f != Format::J : f != Format::N;
    const bool has_rs2 = f == Format::R || f == Format::S || f == Format::B;
    const auto field = [word](bool has, unsigned at) {
      return static_cast<std::uint8_t>(has ? bits(word, at, 5) : 0);
    };
    return {row.op, field(has_rd, 7), field(has_rs1, 15), field(has_rs2, 20), immediate(f, word)};
  }
  return {Op::illegal, 0, 0, 0, word};
}

}  // namespace cairn::rv32
