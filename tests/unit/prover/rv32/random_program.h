// Random programs that always come to their end: straight code with branches and jumps forward, in a loop
// that runs a given number of times, over a page of RAM.
#pragma once

#include <algorithm>
#include <random>

#include "tests/unit/prover/rv32/assembler.h"

namespace cairn::rv32::test {

/// The page is at kScratch; registers are left in the 32 words at kScratch + kRegistersAt.
inline constexpr std::uint32_t kScratch = 0x1000'0000, kScratchBytes = 4096, kRegistersAt = 3072;

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {}

  /// `length` instructions of the families in `families`, run `rounds` times. What ends the program is put
  /// behind it by the caller.
  Assembler make(const std::vector<Family>& families, std::size_t length, std::uint32_t rounds) {
    Assembler out;
    for (std::uint8_t i = 1; i < 32; ++i) out.li(i, word());
    out.li(kBase, kScratch + 2048).li(kRounds, rounds);
    const std::uint32_t top = out.here();
    std::vector<Op> ops;
    for (std::size_t i = 0; i < kOps; ++i) {
      const OpRow& row = row_of(static_cast<Op>(i));
      if (row.family != Family::system && std::count(families.begin(), families.end(), row.family))
        ops.push_back(row.op);
    }
    const std::size_t end = out.words.size() + length;
    while (out.words.size() < end) append(out, ops[random_() % ops.size()]);
    for (int i = 0; i < 4; ++i) out.imm(Op::addi, 0, 0, 0);  // where the last branches lead
    out.imm(Op::addi, kRounds, kRounds, ~0u)
        .branch(Op::beq, kRounds, 0, 8)
        .op(Op::jal, 0, 0, 0, top - out.here());
    for (std::uint8_t i = 1; i < 32; ++i) out.store(Op::sw, i, kBase, kRegistersAt - 2048 + 4u * i);
    return out;
  }

 private:
  // Holds kScratch + 2048, so that all of the page is in reach of an offset; and the rounds that are left.
  static constexpr std::uint8_t kBase = 2, kRounds = 4;

  std::uint32_t word() {
    static constexpr std::uint32_t edges[] = {
        0, 1, 2, 31, 32, 0x7fff'ffff, 0x8000'0000, 0x8000'0001, 0xffff'ffff, 0xffff'fffe, 0xffff, 0x10000};
    return random_() % 3 ? static_cast<std::uint32_t>(random_()) : edges[random_() % std::size(edges)];
  }
  std::uint8_t source() { return static_cast<std::uint8_t>(random_() % 32); }
  std::uint8_t target() {
    for (;;) {
      if (const std::uint8_t reg = source(); reg != kBase && reg != kRounds) return reg;
    }
  }
  /// An offset from kBase of an access of `width` bytes outside the saved registers.
  std::uint32_t offset(std::uint32_t width) {
    return static_cast<std::uint32_t>(random_() % (kRegistersAt / width)) * width - 2048;
  }

  void append(Assembler& out, Op op) {
    const OpRow& row = row_of(op);
    const std::uint32_t forward = 4 * (2 + static_cast<std::uint32_t>(random_() % 3));
    switch (row.family) {
      case Family::load_word:
      case Family::load_narrow:
        out.imm(op, target(), kBase, offset(width_of(op)));
        return;
      case Family::store_word:
      case Family::store_narrow:
        out.store(op, source(), kBase, offset(width_of(op)));
        return;
      case Family::branch_equal:
      case Family::branch_less: {
        const std::uint8_t a = source();
        out.branch(op, a, random_() % 4 ? source() : a, forward);
        return;
      }
      case Family::constant:
        out.op(op, target(), 0, 0, op == Op::jal ? forward : static_cast<std::uint32_t>(random_()));
        return;
      case Family::jump_register: {  // over one instruction; bit 0 of the sum may be set and does not count
        const std::uint8_t at = target();
        if (at == 0) return;
        for (int i = 0; i < 3; ++i) out.imm(Op::addi, 0, 0, 0);  // so that no branch leads behind auipc
        out.op(Op::auipc, at, 0, 0, 0)
            .imm(op, target(), at, 12 + static_cast<std::uint32_t>(random_() % 2))
            .word(encode({Op::addi, 0, 0, 0, 0}));
        return;
      }
      default:
        break;
    }
    out.op(op, target(), source(), source(), static_cast<std::uint32_t>(random_()));
  }

  static std::uint32_t width_of(Op op) {
    switch (op) {
      case Op::lw:
      case Op::sw:
        return 4;
      case Op::lh:
      case Op::lhu:
      case Op::sh:
        return 2;
      default:
        return 1;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace cairn::rv32::test
